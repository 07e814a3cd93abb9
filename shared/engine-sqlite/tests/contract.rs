//! The engine keeps the contract that all engines keep.

use std::time::Duration;

use engine::Engine;
use engine::contract::{Harness, ManualClock};
use support::TempFolder;

mod support;

struct OnDisk {
    folder: TempFolder,
    clock: ManualClock,
}

impl OnDisk {
    fn new() -> Self {
        Self { folder: TempFolder::new(), clock: support::clock() }
    }
}

impl Harness for OnDisk {
    async fn engine(&self) -> Engine {
        Engine::of(support::open(&self.folder, &self.clock))
    }

    async fn reopen(&self, engine: Engine) -> Engine {
        drop(engine);
        Engine::of(support::open(&self.folder, &self.clock))
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

engine::contract_tests!(Some(OnDisk::new()));
