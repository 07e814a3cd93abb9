//! The instruments of the benchmarks: CPU time, memory, servers that always give the same answer, invented data, the
//! table.
//!
//! Two benchmarks use them. `benches/figures` measures the parts and the whole: `cargo bench -p bench --bench figures`,
//! or one part of it with `-- rates` after that. `benches/lambda` measures built Lambda functions:
//! `cargo bench -p bench --bench lambda`.

#![recursion_limit = "256"]

pub mod canned;
pub mod cpu;
pub mod data;
pub mod machine;
pub mod memory;
pub mod report;
pub mod sandbox;
pub mod spread;
