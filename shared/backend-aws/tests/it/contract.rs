//! The backend keeps the contract that all backends keep, over the wire, in two emulators that are wrong in different
//! places.

use std::time::Duration;

use backend::Backend;
use backend_contract::{Harness, Spoilt};
use emulator::{Cloud, Emulator, Kind};

/// A backend on resources of its own.
struct InEmulator {
    cloud: Cloud,
    kind: Kind,
}

impl InEmulator {
    async fn new(kind: Kind) -> Option<Self> {
        let emulator = Emulator::shared(kind).expect("the emulator runs")?;
        let cloud = Cloud::new(emulator.url()).await.expect("the resources are made");
        Some(Self { cloud, kind })
    }
}

impl Harness for InEmulator {
    async fn backend(&self) -> Backend {
        self.cloud.backend()
    }

    async fn reopen(&self, _: Backend) -> Backend {
        self.cloud.backend()
    }

    async fn spoil(&self, record: Spoilt, document: &str) {
        self.cloud.spoil(record, document).await.expect("the record is spoilt");
    }

    /// The emulator's clock is not ours.
    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }

    /// "If you receive a message more than once, the receipt handle you get each time is different. [...] you must use
    /// the most recent" (SQS, DeleteMessage). Moto takes every one.
    fn voids_old_receipts(&self) -> bool {
        self.kind == Kind::MiniStack
    }
}

mod ministack {
    use super::{InEmulator, Kind};

    backend_contract::contract_tests!(InEmulator::new(Kind::MiniStack).await);
}

mod moto {
    use super::{InEmulator, Kind};

    backend_contract::contract_tests!(InEmulator::new(Kind::Moto).await);
}
