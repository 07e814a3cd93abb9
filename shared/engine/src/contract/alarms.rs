//! Alarms.

use domain::alarm::{Alarm, AlarmKind, GATHERING, Level};
use domain::{AlarmId, OrderId, ShopId, Timestamp};

use super::Harness;
use super::samples::at;
use crate::Committed;
use crate::Engine;

/// An alarm of `shop` that is begun at `now`, and has to be looked at again when its lease ends.
fn begun(shop: &str, now: Timestamp) -> Alarm {
    Alarm::gather(ShopId::new(shop), AlarmKind::Dispatch(Level::SixHours), vec![OrderId::new("1")], now)
}

async fn store(engine: &Engine, alarm: &Alarm, expected: u64) -> u64 {
    match engine.alarms.commit_alarm(alarm, expected).await.unwrap() {
        Committed::Stored(version) => version,
        Committed::LostRace => panic!("lost without a race"),
    }
}

async fn unfinished(engine: &Engine, now: Timestamp, limit: usize) -> Vec<AlarmId> {
    engine.alarms.alarms_unfinished(now, limit).await.unwrap()
}

/// An alarm is stored only on the version that the commit names, and outlives the engine: of two sweeps that begin the
/// same one, one goes on.
pub async fn an_alarm_is_committed_by_version(harness: &impl Harness) {
    let engine = harness.engine().await;
    let mut alarm = begun("shop-1", at(0));
    assert!(engine.alarms.alarm(&alarm.id).await.unwrap().is_none());
    assert_eq!(engine.alarms.commit_alarm(&alarm, 2).await.unwrap(), Committed::LostRace);

    let first = store(&engine, &alarm, 0).await;
    assert_eq!(engine.alarms.commit_alarm(&alarm, 0).await.unwrap(), Committed::LostRace);
    alarm.tell(vec![OrderId::new("1")], Some(at(60)), &[], at(1));
    let second = store(&engine, &alarm, first).await;
    assert!(second > first);
    assert_eq!(
        engine.alarms.commit_alarm(&begun("shop-1", at(0)), first).await.unwrap(),
        Committed::LostRace
    );
    store(&engine, &begun("shop-2", at(0)), 0).await;

    let engine = harness.reopen(engine).await;
    let loaded = engine.alarms.alarm(&alarm.id).await.unwrap().unwrap();
    assert_eq!((loaded.value, loaded.version), (alarm, second));
}

/// What is not done comes when it has to be looked at, as much as was asked for; what is done does not.
pub async fn only_unfinished_alarms_come_the_longest_due_first(harness: &impl Harness) {
    let engine = harness.engine().await;
    let lease = GATHERING.as_secs();
    assert_eq!(unfinished(&engine, at(lease), 10).await, []);
    for (shop, begun_at) in [("soon", 30), ("first", 10), ("second", 20), ("late", 31)] {
        store(&engine, &begun(shop, at(begun_at)), 0).await;
    }
    let mut done = begun("done", at(0));
    let version = store(&engine, &done, 0).await;
    done.drop_it();
    store(&engine, &done, version).await;

    assert_eq!(unfinished(&engine, at(lease + 9), 10).await, []);
    let expected = [("first", 10), ("second", 20), ("soon", 30)].map(|(shop, n)| begun(shop, at(n)).id);
    let engine = harness.reopen(engine).await;
    assert_eq!(unfinished(&engine, at(lease + 30), 10).await, expected, "at the very moment");
    assert_eq!(unfinished(&engine, at(lease + 30), 2).await, expected[..2]);

    let mut first = engine.alarms.alarm(&expected[0]).await.unwrap().unwrap();
    first.value.drop_it();
    store(&engine, &first.value, first.version).await;
    assert_eq!(unfinished(&engine, at(lease + 30), 10).await, expected[1..]);
}
