//! The instruments of the benchmark: CPU time, servers that always give the same answer, invented data, the table.
//!
//! The figures themselves are measured in `benches/figures`: `cargo bench -p bench`, or one part of it with
//! `cargo bench -p bench -- rates`.

#![recursion_limit = "256"]

pub mod canned;
pub mod cpu;
pub mod data;
pub mod machine;
pub mod report;
pub mod sandbox;
pub mod spread;
