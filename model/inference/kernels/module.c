/* The only purpose of this module object is that setuptools builds, and Python finds, the shared
 * library; the functions in it are called through ctypes (see ../native.py). */
#include <Python.h>


static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_kernels", NULL, -1, NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernels(void) { return PyModule_Create(&definition); }
