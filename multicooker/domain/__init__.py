"""Values the whole program speaks in: frozen, standard library only, no input or output."""
