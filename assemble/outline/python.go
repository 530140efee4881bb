package outline

// Everything in outlines that is specific to Python.

// interpreterItself is the title of the group of an interpreter's own files.
const interpreterItself = "CPython itself"
