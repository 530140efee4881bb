"""Tcl needs no display. The slim images have the module, and not the libraries that it needs."""
import tkinter

print(tkinter.Tcl().eval("string toupper {nothing breaks}"))
