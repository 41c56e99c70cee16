"""Problems with drawn numbers, one file a notebook, each with a tuple PROBLEMS of functions that draw one."""
