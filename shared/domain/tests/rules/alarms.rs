//! The ladder of a deadline, and the exceptions that people are told of.

use domain::alarm::{
    AlarmKind, AlarmLevel, DEADLINE_MOVED_MIN, REPEATED_AFTER, horizon, minute_of, next_level,
};
use domain::deadline::{Deadline, DispatchRules};
use domain::exception::ExceptionKind;
use domain::order::{Clocks, Order, OrderKind, OrderStatus};
use domain::recipient::Language;
use domain::record::OrderRecord;
use domain::{AlarmId, Timestamp};
use jiff::SignedDuration;

use crate::support::{HOUR, Random, at, order, order_in, record_of, uploaded};

const DEADLINE: i64 = 100 * HOUR;

/// An order whose dispatch deadline is at `deadline`, paid so lately that nothing else is due.
fn waiting(deadline: Timestamp) -> OrderRecord {
    let order = Order {
        // Made to order: nothing is said of its label.
        kind: OrderKind::MadeToOrder,
        clocks: Clocks { ready_by: Some(deadline), ..Clocks::default() },
        ..order()
    };
    let mut record = record_of(order, at(0));
    record.deadline = domain::deadline::deadline(&record.order, &DispatchRules::built_in().unwrap());
    record.refresh_exceptions(at(0));
    record
}

fn due(record: &mut OrderRecord, now: Timestamp) -> Vec<&'static str> {
    record.refresh_timed_exceptions(now);
    record.alarms_due(now).into_iter().map(AlarmKind::name).collect()
}

fn raise_all(record: &mut OrderRecord, now: Timestamp) -> Vec<&'static str> {
    let mut raised = Vec::new();
    record.refresh_timed_exceptions(now);
    for kind in record.alarms_due(now) {
        let alarm = AlarmId::new(format!("{}/{}", kind.name(), now.as_second()));
        assert!(record.raise(kind, &alarm, now, now));
        assert!(!record.raise(kind, &alarm, now, now), "it is told once");
        assert!(record.is_raised_by(&alarm));
        raised.push(kind.name());
    }
    raised
}

#[test]
fn the_ladder_has_three_levels_and_then_the_deadline() {
    let mut record = waiting(at(DEADLINE));
    for (hours, level) in
        [(24, "dispatch_24h"), (12, "dispatch_12h"), (6, "dispatch_6h"), (0, "dispatch_missed")]
    {
        let moment = at(DEADLINE - hours * HOUR);
        assert_eq!(record.alarm_at(), Some(moment));
        assert_eq!(due(&mut record, at(DEADLINE - hours * HOUR - 1)), [""; 0]);
        assert_eq!(raise_all(&mut record, moment), [level]);
        assert_eq!(raise_all(&mut record, moment), [""; 0]);
    }
    assert_eq!(record.alarm_at(), None);
}

#[test]
fn who_is_late_hears_the_most_urgent_level_only() {
    for (left, level) in
        [(23, "dispatch_24h"), (11, "dispatch_12h"), (5, "dispatch_6h"), (-1, "dispatch_missed")]
    {
        let mut record = waiting(at(DEADLINE));
        let now = at(DEADLINE - left * HOUR);
        assert_eq!(raise_all(&mut record, now), [level], "{left} hours are left");
        assert!(record.alarm_at().is_none_or(|next| next > now), "the index moves on");
    }
}

#[test]
fn what_is_shipped_cancelled_or_acknowledged_is_silent() {
    let now = at(DEADLINE - HOUR);
    for status in [OrderStatus::AwaitingCollection, OrderStatus::InTransit, OrderStatus::Cancelled] {
        let mut record = waiting(at(DEADLINE));
        record.order.status = status.clone();
        record.deadline = None;
        assert_eq!(due(&mut record, now), [""; 0], "{status:?}");
    }
    // TikTok has our number, and its status has not been read back yet.
    let mut record = waiting(at(DEADLINE));
    record.shipments = vec![uploaded()];
    assert_eq!(due(&mut record, at(HOUR)), [""; 0]);
    assert!(!due(&mut record, now).iter().any(|kind| kind.starts_with("dispatch")));

    let mut record = waiting(at(DEADLINE));
    assert_eq!(raise_all(&mut record, at(DEADLINE - 24 * HOUR)), ["dispatch_24h"]);
    record.alarms.acknowledged_at = Some(at(DEADLINE - 20 * HOUR));
    assert_eq!(raise_all(&mut record, now), [""; 0]);
    assert_eq!(
        raise_all(&mut record, at(DEADLINE)),
        ["dispatch_missed"],
        "that it was missed is another matter"
    );
}

#[test]
fn a_deadline_that_moves_far_begins_the_ladder_anew() {
    let mut record = waiting(at(DEADLINE));
    raise_all(&mut record, at(DEADLINE - 24 * HOUR));
    let moved = |record: &mut OrderRecord, by: SignedDuration| {
        let at = at(DEADLINE).saturating_add(by).unwrap();
        record.deadline = record.deadline.take().map(|deadline| Deadline { at, ..deadline });
    };
    moved(&mut record, DEADLINE_MOVED_MIN - SignedDuration::from_secs(1));
    assert_eq!(due(&mut record, at(DEADLINE - 20 * HOUR)), [""; 0], "nearly the same deadline");
    moved(&mut record, SignedDuration::from_hours(48));
    assert_eq!(record.alarm_at(), Some(at(DEADLINE + 24 * HOUR)));
    assert_eq!(raise_all(&mut record, at(DEADLINE + 24 * HOUR)), ["dispatch_24h"]);
    moved(&mut record, SignedDuration::ZERO);
    assert_eq!(raise_all(&mut record, at(DEADLINE - HOUR)), ["dispatch_6h"], "it is nearer than was said");
}

#[test]
fn an_order_without_a_label_is_told_of_after_two_days() {
    let mut record = record_of(Order { paid_at: Some(at(0)), ..order() }, at(0));
    record.deadline = Some(Deadline { at: at(90 * HOUR), ..waiting(at(0)).deadline.unwrap() });
    assert_eq!(due(&mut record, at(48 * HOUR - 60)), [""; 0]);
    assert_eq!(raise_all(&mut record, at(48 * HOUR)), ["not_labelled"]);
    record.shipments = vec![uploaded()];
    record.refresh_timed_exceptions(at(49 * HOUR));
    assert_eq!(record.open_exceptions().count(), 0, "it closes when there is one");
}

#[test]
fn a_parcel_that_is_not_scanned_or_silent_is_told_of() {
    let mut record = record_of(order_in(OrderStatus::AwaitingCollection), at(0));
    record.order.clocks.scanned_by = Some(at(50 * HOUR));
    record.shipments = vec![uploaded()];
    record.refresh_exceptions(at(0));
    assert_eq!(raise_all(&mut record, at(44 * HOUR - 60)), [""; 0]);
    assert_eq!(raise_all(&mut record, at(44 * HOUR)), ["not_scanned"]);
    assert_eq!(raise_all(&mut record, at(72 * HOUR)), ["tracking_stalled"]);
    record.order.status = OrderStatus::InTransit;
    record.refresh_timed_exceptions(at(73 * HOUR));
    let open: Vec<_> = record.open_exceptions().map(|exception| exception.kind).collect();
    assert_eq!(
        open,
        [ExceptionKind::TrackingStalled],
        "TikTok's status ends the one, only the carrier the other"
    );
}

#[test]
fn an_exception_that_flutters_is_told_once() {
    let mut record = waiting(at(DEADLINE));
    let kind = ExceptionKind::OutOfStock;
    record.open_exception(kind, None, "None is left.", at(0));
    assert_eq!(raise_all(&mut record, at(0)), ["out_of_stock"]);
    for seconds in [600, 1_200, 1_800] {
        record.close_exception(kind, None, at(seconds));
        record.open_exception(kind, None, "None is left.", at(seconds + 60));
        assert_eq!(raise_all(&mut record, at(seconds + 60)), [""; 0]);
    }
    // It may flutter on for as long as it likes: once it is closed, nobody hears of it.
    record.close_exception(kind, None, at(2_000));
    assert_eq!(raise_all(&mut record, at(REPEATED_AFTER.as_secs())), [""; 0]);
    let later = REPEATED_AFTER.as_secs() + 60;
    record.open_exception(kind, None, "None is left.", at(later));
    assert_eq!(raise_all(&mut record, at(later)), ["out_of_stock"]);
}

#[test]
fn an_exception_that_comes_back_and_stays_is_told_again_after_six_hours() {
    let mut record = waiting(at(DEADLINE));
    let kind = ExceptionKind::ServiceUnavailable;
    let after = kind.notify_after().unwrap().as_secs();
    record.open_exception(kind, None, "Down.", at(0));
    assert_eq!(raise_all(&mut record, at(after)), ["service_unavailable"]);
    let again = after + REPEATED_AFTER.as_secs();

    // The second outage is an hour before the six hours are over, and lasts.
    record.close_exception(kind, None, at(after + 60));
    record.open_exception(kind, None, "Down.", at(again - HOUR));
    assert_eq!(record.alarm_at(), Some(at(again)));
    assert_eq!(raise_all(&mut record, at(again - 1)), [""; 0]);
    assert_eq!(raise_all(&mut record, at(again)), ["service_unavailable"]);
    assert_eq!(raise_all(&mut record, at(again + 20 * HOUR)), [""; 0], "once");

    // The third opens so late that its own grace is longer.
    record.close_exception(kind, None, at(again + 21 * HOUR));
    record.open_exception(kind, None, "Down.", at(again + 22 * HOUR));
    assert_eq!(record.alarm_at(), Some(at(again + 22 * HOUR + after)));
}

#[test]
fn an_unknown_purchase_has_ten_minutes() {
    let mut record = waiting(at(DEADLINE));
    record.open_exception(ExceptionKind::PurchaseUnknown, None, "Unknown.", at(0));
    assert_eq!(record.alarm_at(), Some(at(600)));
    assert_eq!(due(&mut record, at(599)), [""; 0]);
    assert_eq!(raise_all(&mut record, at(600)), ["purchase_unknown"]);
}

/// How long each kind waits is in the snapshots of the texts: most are told at once.
#[test]
fn an_exception_is_told_when_its_entry_says() {
    for &kind in ExceptionKind::ALL {
        let mut record = waiting(at(DEADLINE));
        record.open_exception(kind, None, "It happened.", at(0));
        match kind.notify_after() {
            Some(after) => assert_eq!(record.alarm_at(), Some(at(after.as_secs())), "{kind:?}"),
            // Its order goes on, and so does the ladder of its deadline.
            None => assert_eq!(record.alarm_at(), waiting(at(DEADLINE)).alarm_at(), "{kind:?}"),
        }
    }
}

/// Outage is shown after nearly two minutes, and told after ten.
#[test]
fn a_step_that_fails_again_and_again_is_told_after_ten_minutes_and_not_when_it_passes() {
    use domain::shipment::OUTAGE_GRACE;
    let notify_after = ExceptionKind::ServiceUnavailable.notify_after().unwrap();
    assert!((9..=10).contains(&(OUTAGE_GRACE + notify_after).as_mins()));
    let mut record = waiting(at(DEADLINE));
    record.open_exception(ExceptionKind::ServiceUnavailable, None, "Down.", at(0));
    record.close_exception(ExceptionKind::ServiceUnavailable, None, at(400));
    assert_eq!(raise_all(&mut record, at(500)), [""; 0]);
    record.open_exception(ExceptionKind::ServiceUnavailable, None, "Down.", at(600));
    assert_eq!(raise_all(&mut record, at(1_079)), [""; 0]);
    assert_eq!(raise_all(&mut record, at(1_080)), ["service_unavailable"]);
}

#[test]
fn every_kind_has_a_name_of_its_own_that_is_stored() {
    let mut names = std::collections::BTreeSet::new();
    for &kind in ExceptionKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        assert!(names.insert(kind.name()), "{kind:?}");
        assert!(!kind.advice(Language::English).is_empty());
    }
}

#[test]
fn a_minute_is_told_together() {
    let minute = Timestamp::from_second(1_790_000_040).unwrap();
    for second in [0, 1, 59] {
        let now = Timestamp::from_second(minute.as_second() + second).unwrap();
        assert_eq!(minute_of(now), minute);
        assert!(now <= horizon(now) && minute_of(horizon(now)) == minute);
    }
}

/// Levels go up and never come after the deadline, whatever moments a sweep comes at.
#[test]
fn the_ladder_is_monotone() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let deadline = at(DEADLINE + random.below(HOUR));
        let mut record = waiting(deadline);
        let mut now = at(DEADLINE - random.below(40 * HOUR));
        let mut told: Vec<AlarmKind> = Vec::new();
        while now < at(DEADLINE + 20 * HOUR) {
            record.refresh_timed_exceptions(now);
            for kind in record.alarms_due(now) {
                if let AlarmKind::Dispatch(level) = kind {
                    let moment = deadline.saturating_sub(level.before()).unwrap();
                    assert!(moment <= now && now < deadline, "seed {seed}: {level:?} at {now}");
                }
                assert!(record.raise(kind, &AlarmId::new("alarm"), now, now));
                told.push(kind);
            }
            let next = record.alarm_at();
            assert!(next.is_none_or(|next| next > now), "seed {seed}: the index stands still at {now}");
            now = now.saturating_add(SignedDuration::from_secs(1 + random.below(9 * HOUR))).unwrap();
        }
        let levels: Vec<AlarmLevel> = told
            .iter()
            .filter_map(|kind| if let AlarmKind::Dispatch(level) = kind { Some(*level) } else { None })
            .collect();
        assert!(
            levels.is_sorted() && levels.windows(2).all(|pair| pair[0] != pair[1]),
            "seed {seed}: {levels:?}"
        );
        assert_eq!(told.last(), Some(&AlarmKind::Exception(ExceptionKind::DispatchMissed)), "seed {seed}");
        assert_eq!(
            next_level(deadline, &record.alarms.raised, deadline).is_some(),
            levels.last() != Some(&AlarmLevel::SixHours)
        );
    }
}
