//! The backend keeps the contract that all backends keep.

use std::time::Duration;

use crate::support::{self, TempFolder};
use backend::Backend;
use backend_contract::{Harness, Spoilt};
use system::ManualClock;

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
    async fn backend(&self) -> Backend {
        Backend::of(support::open(&self.folder, &self.clock))
    }

    async fn reopen(&self, backend: Backend) -> Backend {
        drop(backend);
        Backend::of(support::open(&self.folder, &self.clock))
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

backend_contract::contract_tests!(Some(OnDisk::new()));
