//! due-sweep
