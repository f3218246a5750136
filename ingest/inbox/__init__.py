"""Files that people wrote field notes into, whatever they wrote them with: bytes in, `Heard` out."""
