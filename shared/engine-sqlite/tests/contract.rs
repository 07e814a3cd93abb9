//! The engine keeps the contract that all engines keep.

use std::time::Duration;

use engine::contract::{Harness, ManualClock};
use engine_sqlite::SqliteEngine;
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
    type Engine = SqliteEngine;

    async fn engine(&self) -> SqliteEngine {
        support::open(&self.folder, &self.clock)
    }

    async fn reopen(&self, engine: SqliteEngine) -> SqliteEngine {
        drop(engine);
        support::open(&self.folder, &self.clock)
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

engine::contract_tests!(OnDisk::new());
