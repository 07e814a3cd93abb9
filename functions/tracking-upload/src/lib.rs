//! tracking-upload
