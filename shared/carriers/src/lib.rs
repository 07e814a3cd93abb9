//! Carriers behind one trait.
