//! A world to test the pipeline in: simulated outside services over real sockets, the embedded engine behind a layer
//! that fails or crashes on demand, and a clock that can be turned forward.

mod chaos;
mod clock;
mod drive;
mod world;

pub use chaos::{Chaos, Mishap, Plan};
pub use clock::TurnedClock;
pub use drive::{Drive, Stuck};
pub use world::{World, WorldConfig};
