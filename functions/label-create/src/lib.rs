//! label-create
