//! The engine keeps the contract that all engines keep.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use engine::Engine;
use engine::contract::{Harness, ManualClock, Spoilt};
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

    async fn spoil(&self, record: Spoilt, document: &str) {
        let db = rusqlite::Connection::open(self.folder.path().join("punctual.sqlite")).unwrap();
        let spoilt = match record {
            Spoilt::Order(key) => db.execute(
                "UPDATE orders SET document = ?1 WHERE shop = ?2 AND order_id = ?3",
                [document, key.shop.as_str(), key.order.as_str()],
            ),
            Spoilt::Shop(id) => {
                db.execute("UPDATE shops SET document = ?1 WHERE id = ?2", [document, id.as_str()])
            }
        };
        assert_eq!(spoilt.unwrap(), 1);
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }
}

engine::contract_tests!(Some(OnDisk::new()));
