//! The product as it runs on AWS: `infra/template.yaml` deployed by CloudFormation, with the functions' real binaries,
//! into an emulator of this machine.
//!
//! Only the place of the functions' code is changed in the template. The binaries are built before, by `cargo lambda` or
//! cargo itself; `PUNCTUAL_LAMBDA` says where they are. Without it these tests are left out, see [`Binaries::find`].

mod archive;
mod binaries;
mod cloudformation;
mod functions;
mod invoke;
mod letters;
mod logs;
mod outside;
mod running;
mod samples;
mod seller;
mod stack;
mod start;
mod world;
mod xml;

pub use binaries::Binaries;
pub use functions::{Function, Means, functions};
pub use invoke::{Answer, Switch};
pub use letters::Letter;
pub use outside::Outside;
pub use running::Running;
pub use samples::{Samples, event};
pub use stack::Stack;
pub use start::{Host, Start};
pub use world::{PATIENCE, World, orders};
