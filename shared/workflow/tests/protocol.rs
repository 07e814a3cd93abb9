//! Updates under lost races, lookups of what is gone, and what a failed call says of a shop.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use backend::{Backend, BackendError, Committed, ShopList, ShopStore, Versioned};
use backend_contract::samples::{at, key, order, shop};
use backend_sqlite::SqliteBackend;
use domain::exception::ExceptionKind;
use domain::message::ShipmentRef;
use domain::shop::{Authorization, Shop};
use domain::{ShipmentId, ShopId, Timestamp};
use system::ManualClock;
use tempfile::TempDir;
use workflow::{
    Change, Deferral, FailureScope, StepError, StoredShop, load_shipment, load_shop, record_call_failure,
    update_order, update_shop, upsert_shop,
};

/// One shop, whose next commits lose their races against somebody who renames it.
struct RacingShop {
    stored: Mutex<Versioned<Shop>>,
    races: Mutex<u32>,
}

impl RacingShop {
    fn new(races: u32) -> Self {
        let stored = Mutex::new(Versioned { value: shop("shop-1", at(0)), version: 1 });
        Self { stored, races: Mutex::new(races) }
    }
}

#[async_trait]
impl ShopStore for RacingShop {
    async fn load_shop(&self, _: &ShopId) -> Result<Option<Versioned<Shop>>, BackendError> {
        Ok(Some(self.stored.lock().unwrap().clone()))
    }
    async fn commit_shop(&self, shop: &Shop, expected: u64) -> Result<Committed, BackendError> {
        let (mut stored, mut races) = (self.stored.lock().unwrap(), self.races.lock().unwrap());
        if *races > 0 {
            *races -= 1;
            stored.value.name = format!("{races} races left");
            stored.version += 1;
            return Ok(Committed::LostRace);
        }
        assert_eq!(expected, stored.version);
        *stored = Versioned { value: shop.clone(), version: expected + 1 };
        Ok(Committed::Stored(expected + 1))
    }
    async fn list_shops(&self) -> Result<ShopList, BackendError> {
        unreachable!("an update names its shop")
    }
    async fn list_shops_due(&self, _: Timestamp) -> Result<ShopList, BackendError> {
        unreachable!("an update names its shop")
    }
}

#[tokio::test]
async fn a_lost_race_decides_again_from_the_newer_record() {
    let (shops, id) = (RacingShop::new(2), ShopId::new("shop-1"));
    let seen = update_shop(&shops, &id, |shop| {
        let seen = shop.name.clone();
        shop.name = "renamed".to_owned();
        Ok(Change::Commit(seen))
    })
    .await;
    assert_eq!(seen.unwrap(), "0 races left", "the answer of the attempt that was committed");
    assert_eq!(shops.stored.lock().unwrap().value.name, "renamed");

    let contended = update_shop(&RacingShop::new(100), &id, |_| Ok(Change::Commit(()))).await;
    assert!(matches!(contended, Err(StepError::Contention(id)) if id == "shop-1"));
}

#[tokio::test]
async fn keep_commits_nothing_and_still_answers() {
    let shops = RacingShop::new(0);
    let before = shops.stored.lock().unwrap().clone();
    let answer = update_shop(&shops, &before.value.id, |shop| {
        shop.name = "renamed".to_owned();
        Ok(Change::Keep(7))
    })
    .await;
    assert_eq!(answer.unwrap(), 7);
    let changed = upsert_shop(&shops, &before.value.id, |_| Ok(Change::commit_if(false))).await;
    assert!(!changed.unwrap());
    assert_eq!(*shops.stored.lock().unwrap(), before);
}

/// An empty backend.
fn empty() -> (Backend, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(at(0)));
    (Backend::of(SqliteBackend::open(folder.path(), clock).unwrap()), folder)
}

#[tokio::test]
async fn what_is_not_stored_is_left_alone() {
    let (Backend { orders, shops, .. }, _folder) = empty();
    let key = key("shop-1", "1");
    let touched = update_order(&*orders, &key, |_| Ok(Change::Commit(true))).await;
    assert!(!touched.unwrap(), "the default answer");
    assert!(orders.load_order(&key).await.unwrap().is_none());
    assert!(matches!(load_shop(&*shops, &ShopId::new("shop-1")).await, Ok(StoredShop::NotConnected)));

    let record = order("shop-1", "1", at(0));
    orders.commit_order(&record, 0).await.unwrap();
    let target = ShipmentRef { key: record.key(), shipment: record.shipments[0].id.clone() };
    let stored = load_shipment(&*orders, &target).await.unwrap().unwrap();
    assert_eq!((stored.shipment.id, stored.record), (target.shipment.clone(), record));
    let gone = ShipmentRef { shipment: ShipmentId::new("gone"), ..target };
    assert!(load_shipment(&*orders, &gone).await.unwrap().is_none());
}

#[tokio::test]
async fn a_lost_authorization_marks_the_connection_that_the_call_was_made_for() {
    let (Backend { shops, .. }, _folder) = empty();
    let used = shop("shop-1", at(0));
    let error = tiktok::Error::NotConnected;
    assert_eq!(FailureScope::of(&error), FailureScope::Shop);

    // The seller connected the shop again while the call was under way.
    let reconnected = Shop { warehouses_read_at: at(1), ..used.clone() };
    shops.commit_shop(&reconnected, 0).await.unwrap();
    let is_for_shop = |deferral: &Deferral| {
        matches!(deferral, Deferral::Failed { exception: Some(ExceptionKind::ShopUnauthorized), .. })
    };
    let deferral = record_call_failure(&*shops, &used, &error, at(2)).await.unwrap();
    assert!(is_for_shop(&deferral), "{deferral:?}");
    let stored = async || shops.load_shop(&used.id).await.unwrap().unwrap().value;
    assert_eq!(stored().await.authorization, Authorization::Granted);

    record_call_failure(&*shops, &reconnected, &error, at(3)).await.unwrap();
    assert_eq!(stored().await.authorization, Authorization::Lost);
    assert!(stored().await.open_exceptions().any(|e| e.kind == ExceptionKind::ShopUnauthorized));
}
