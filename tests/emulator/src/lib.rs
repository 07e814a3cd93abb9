//! AWS on this machine, for tests.
//!
//! An emulator is a program of the Python package index. It is installed at a pinned version into the build folder when
//! it is first wanted, started on a free port, once a process, and ends with it. The tables, queues and buckets in it
//! are those of `infra/template.yaml`, made anew for each [`Cloud`].

mod cloud;
mod install;
mod process;
mod template;
mod wire;

pub use cloud::{Cloud, Names, make_bucket, put_object, sdk};
pub use process::{Emulator, Kind};
pub use template::Template;
pub use wire::{Call, Wire, WireFault};
