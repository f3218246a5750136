"""What a card is: the model, Markdown in and out, checks, and the `kb` command. Imports no sibling package."""
