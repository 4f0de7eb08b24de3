"""Parts of the map panel, a module a tab."""
