//! Alarms.

use domain::alarm::{Alarm, AlarmKind, AlarmLevel, BATCH_WINDOW};
use domain::{AlarmId, OrderId, ShopId, Timestamp};

use super::Harness;
use super::samples::at;
use backend::Backend;
use system::Committed;

/// An alarm of `shop` that is raised at `now` and due again when its lease ends.
fn begun(shop: &str, now: Timestamp) -> Alarm {
    Alarm::new(ShopId::new(shop), AlarmKind::Dispatch(AlarmLevel::SixHours), vec![OrderId::new("1")], now)
}

async fn store(backend: &Backend, alarm: &Alarm, expected: u64) -> u64 {
    match backend.alarms.commit_alarm(alarm, expected).await.unwrap() {
        Committed::Stored(version) => version,
        Committed::LostRace => panic!("lost without a race"),
    }
}

async fn unfinished(backend: &Backend, now: Timestamp, limit: usize) -> Vec<AlarmId> {
    backend.alarms.list_unfinished_alarms(now, limit).await.unwrap()
}

/// An alarm is stored only under the version that the commit names, and survives a restart: of two runs that raise the same
/// alarm, only one continues.
pub async fn an_alarm_is_committed_by_version(harness: &impl Harness) {
    let backend = harness.backend().await;
    let mut alarm = begun("shop-1", at(0));
    assert!(backend.alarms.load_alarm(&alarm.id).await.unwrap().is_none());
    assert_eq!(backend.alarms.commit_alarm(&alarm, 2).await.unwrap(), Committed::LostRace);

    let first = store(&backend, &alarm, 0).await;
    assert_eq!(backend.alarms.commit_alarm(&alarm, 0).await.unwrap(), Committed::LostRace);
    alarm.send_to(vec![OrderId::new("1")], Some(at(60)), &[], at(1));
    let second = store(&backend, &alarm, first).await;
    assert!(second > first);
    assert_eq!(
        backend.alarms.commit_alarm(&begun("shop-1", at(0)), first).await.unwrap(),
        Committed::LostRace
    );
    store(&backend, &begun("shop-2", at(0)), 0).await;

    let backend = harness.reopen(backend).await;
    let loaded = backend.alarms.load_alarm(&alarm.id).await.unwrap().unwrap();
    assert_eq!((loaded.value, loaded.version), (alarm, second));
}

/// Unfinished alarms are listed when they are due, up to the limit; finished ones are not.
pub async fn only_unfinished_alarms_come_the_longest_due_first(harness: &impl Harness) {
    let backend = harness.backend().await;
    let lease = BATCH_WINDOW.as_secs();
    assert_eq!(unfinished(&backend, at(lease), 10).await, []);
    for (shop, begun_at) in [("soon", 30), ("first", 10), ("second", 20), ("late", 31)] {
        store(&backend, &begun(shop, at(begun_at)), 0).await;
    }
    let mut done = begun("done", at(0));
    let version = store(&backend, &done, 0).await;
    done.cancel();
    store(&backend, &done, version).await;

    assert_eq!(unfinished(&backend, at(lease + 9), 10).await, []);
    let expected = [("first", 10), ("second", 20), ("soon", 30)].map(|(shop, n)| begun(shop, at(n)).id);
    let backend = harness.reopen(backend).await;
    assert_eq!(unfinished(&backend, at(lease + 30), 10).await, expected, "at the very moment");
    assert_eq!(unfinished(&backend, at(lease + 30), 2).await, expected[..2]);

    let mut first = backend.alarms.load_alarm(&expected[0]).await.unwrap().unwrap();
    first.value.cancel();
    store(&backend, &first.value, first.version).await;
    assert_eq!(unfinished(&backend, at(lease + 30), 10).await, expected[1..]);
}
