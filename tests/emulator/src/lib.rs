//! AWS on this machine, for tests.
//!
//! An emulator is a program from the Python package index. It is installed in a pinned version into the build folder when it is
//! first needed, started on a free port once for each process, and ends with it. Its tables, queues and buckets are those of
//! `infra/template.yaml`, created anew for each [`Cloud`].

mod cloud;
mod install;
mod process;
mod template;
mod wire;

pub use cloud::{Cloud, Names, make_bucket, put_object, sdk};
pub use process::{Emulator, Kind};
pub use template::Template;
pub use wire::{Wire, WireCall, WireFault};
