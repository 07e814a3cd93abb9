//! The product as it runs on AWS: `infra/template.yaml` with the functions' real binaries, deployed by CloudFormation into an
//! emulator on this machine.
//!
//! Only the location of the functions' code is changed in the template. The binaries are built beforehand, by `cargo lambda` or
//! cargo itself, and `PUNCTUAL_LAMBDA` names their folder. Without it these tests are skipped, see [`Binaries::find`].

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
pub use functions::{DeployedFunction, VariableTarget, functions};
pub use invoke::{InvocationResult, Switch};
pub use letters::Letter;
pub use outside::Outside;
pub use running::Running;
pub use samples::{Samples, event};
pub use stack::Stack;
pub use start::{RuntimeApiHost, Start};
pub use world::{PATIENCE, World, orders};
