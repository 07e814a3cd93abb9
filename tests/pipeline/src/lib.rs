//! A world to test the pipeline in: simulated outside services over real sockets, a backend behind a layer that injects
//! faults, and a clock that can be moved forward.

mod backend_kind;
mod check;
mod drive;
mod faults;
mod hosted;
mod notifications;
mod virtual_time_queues;
mod wait;
mod world;

pub use backend_kind::BackendKind;
pub use check::{check, labels_kept};
pub use drive::Drive;
pub use faults::{BackendFault, FaultPlan, FaultyBackend, Operation};
pub use hosted::Hosted;
pub use notifications::{FaultyNotifier, Notifications};
pub use test_world::TestClock;
pub use virtual_time_queues::VirtualTimeQueues;
pub use wait::until;
pub use world::{World, WorldConfig};
