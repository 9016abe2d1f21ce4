"""The tests. A package, because one that is installed for them brings a package of the same name."""
