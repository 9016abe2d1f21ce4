"""The wall: who may see what, stated once, as SQL; and the request's unit of work, which carries the viewer."""
