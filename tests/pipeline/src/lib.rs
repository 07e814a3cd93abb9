//! A world to test the pipeline in: simulated outside services over real sockets, a backend behind a layer
//! that fails or crashes on demand, and a clock that can be turned forward.

mod chaos;
mod check;
mod clock;
mod drive;
mod hosted;
mod notifications;
mod site;
mod turned_queues;
mod wait;
mod world;

pub use chaos::{Chaos, Mishap, Operation, Plan};
pub use check::{check, labels_kept};
pub use clock::TurnedClock;
pub use drive::Drive;
pub use hosted::Hosted;
pub use notifications::{Notifications, Telling};
pub use site::Site;
pub use turned_queues::TurnedQueues;
pub use wait::until;
pub use world::{World, WorldConfig};
