//! What time does to an order: the ladder of its deadline, and the exceptions that open by themselves.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::{
    AlarmKind, DEADLINE_MOVED_MIN, Raised, exceptions_due, first_exception_at, minute_of, next_level,
};
use crate::exception::ExceptionKind;
use crate::ids::{AlarmId, ShipmentId};
use crate::order::{OrderKind, OrderStatus};
use crate::record::OrderRecord;
use crate::shipment::Shipment;
use crate::stage::Stage;

/// An order that was paid so long ago should have a label.
pub const LABELLED_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// A parcel of which its carrier has told nothing for so long is silent.
pub const TRACKING_STALLED_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// A parcel without a scan this long before its collection deadline is told of.
pub const COLLECTION_DUE_WITHIN: SignedDuration = SignedDuration::from_hours(6);

/// How long before its deadline an answer to a request to cancel is told of.
pub const RESPONSE_DUE_WITHIN: SignedDuration = SignedDuration::from_hours(6);

/// The alarms of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlarmLog {
    /// What was told of it.
    pub raised: Vec<Raised>,
    /// A person has taken it up: its deadline is told no further.
    pub acknowledged_at: Option<Timestamp>,
}

/// A condition that time brings about: from when on the exception is open, `None` while it can't be. It begins with a
/// whole minute, as alarms do ([`minute_of`]); only that a deadline is missed is said of the past alone.
struct Condition {
    kind: ExceptionKind,
    shipment: Option<ShipmentId>,
    from: Option<Timestamp>,
    detail: &'static str,
}

impl OrderRecord {
    /// Opens and closes the exceptions that follow from the time. Called whenever the record changes, and when
    /// [`OrderRecord::alarm_at`] has come.
    pub fn refresh_timed_exceptions(&mut self, now: Timestamp) {
        for condition in self.conditions() {
            let Condition { kind, shipment, from, detail } = condition;
            match from {
                Some(from) if from <= now => self.open_exception(kind, shipment.as_ref(), detail, now),
                _ => self.close_exception(kind, shipment.as_ref(), now),
            }
        }
        if !self.awaits_dispatch() {
            for kind in [
                ExceptionKind::BuyerAsksWhereOrderIs,
                ExceptionKind::BuyerReportsWrongAddress,
                ExceptionKind::BuyerWantsToCancel,
            ] {
                self.close_exception(kind, None, now);
            }
        }
    }

    fn conditions(&self) -> Vec<Condition> {
        let waits = self.awaits_dispatch();
        let deadline = self.deadline.as_ref().filter(|_| waits);
        let order = |kind, from, detail| Condition { kind, shipment: None, from, detail };
        let unlabelled = waits && self.shipments.iter().all(|shipment| shipment.stage.label().is_none());
        // What is made or released later has its own time: its ladder tells.
        let at_once = matches!(self.order.kind, OrderKind::Normal | OrderKind::Unknown(_));
        let labelled_by =
            self.order.paid_at.filter(|_| unlabelled && at_once).map(|paid| later(paid, LABELLED_WITHIN));
        let mut conditions = vec![
            order(
                ExceptionKind::DispatchMissed,
                deadline.map(|deadline| deadline.at),
                "The dispatch deadline has passed and the order is not shipped.",
            ),
            order(
                ExceptionKind::NotLabelled,
                labelled_by.map(minute_of),
                "The order was paid 48 hours ago and has no label.",
            ),
        ];
        let collect_by = match self.order.status {
            OrderStatus::AwaitingCollection => self.order.clocks.scanned_by,
            _ => None,
        };
        let respond_by = self.cancellation.as_ref().filter(|_| self.awaits_cancellation_response());
        let respond_by = respond_by.and_then(|request| request.respond_by);
        conditions.push(order(
            ExceptionKind::CancellationResponseDue,
            respond_by.map(|at| minute_of(earlier(at, RESPONSE_DUE_WITHIN))),
            "The buyer asked to cancel, and the time for the answer ends soon.",
        ));
        for shipment in &self.shipments {
            let uploaded = matches!(shipment.stage, Stage::Uploaded { .. });
            let near =
                collect_by.filter(|_| uploaded).map(|at| minute_of(earlier(at, COLLECTION_DUE_WITHIN)));
            let of =
                |kind, from, detail| Condition { kind, shipment: Some(shipment.id.clone()), from, detail };
            conditions.push(of(
                ExceptionKind::NotScanned,
                near,
                "The collection deadline is near, and the carrier has not scanned the parcel.",
            ));
            conditions.push(of(
                ExceptionKind::TrackingStalled,
                heard_of(shipment).map(|at| minute_of(later(at, TRACKING_STALLED_AFTER))),
                "The carrier has told nothing of the parcel for 72 hours.",
            ));
        }
        conditions
    }

    /// What is due to be told of the order by `until`, once [`OrderRecord::refresh_timed_exceptions`] has been called for that instant.
    pub fn alarms_due(&self, until: Timestamp) -> Vec<AlarmKind> {
        let level = self.ladder(until).filter(|(_, at)| *at <= until).map(|(kind, _)| kind);
        let exceptions = exceptions_due(&self.exceptions, &self.alarms.raised, until);
        level.into_iter().chain(exceptions.into_iter().map(AlarmKind::Exception)).collect()
    }

    /// When the order is to be looked at next for its alarms: the key of the index that alarms are driven by.
    pub fn alarm_at(&self) -> Option<Timestamp> {
        let opens = self.conditions().into_iter().filter(|condition| !self.is_open(condition));
        opens
            .filter_map(|condition| condition.from)
            .chain(self.ladder(Timestamp::MIN).map(|(_, at)| at))
            .chain(first_exception_at(&self.exceptions, &self.alarms.raised))
            .min()
    }

    /// Notes that `alarm` tells of the order. False when `kind` is not due by `until` (any more): the order belongs to
    /// no alarm twice.
    pub fn raise(&mut self, kind: AlarmKind, alarm: &AlarmId, until: Timestamp, now: Timestamp) -> bool {
        if !self.alarms_due(until).contains(&kind) {
            return false;
        }
        let deadline = match kind {
            AlarmKind::Dispatch(_) => self.deadline.as_ref().map(|deadline| deadline.at),
            AlarmKind::Exception(_) => None,
        };
        // The instant up to which it was due: an exception that opens within this minute is told of by it.
        let at = now.max(until);
        self.alarms.raised.push(Raised { kind, alarm: alarm.clone(), at, deadline });
        true
    }

    /// True when the order belongs to `alarm`.
    pub fn is_raised_by(&self, alarm: &AlarmId) -> bool {
        self.alarms.raised.iter().any(|raised| raised.alarm == *alarm)
    }

    /// True while `alarm` of this kind has something to tell of the order: its exception is open; or its deadline is ahead,
    /// nobody has taken it up, and no later alarm tells of it.
    pub fn still_tells(&self, kind: AlarmKind, alarm: &AlarmId, now: Timestamp) -> bool {
        let is_dispatch = |raised: &&Raised| matches!(raised.kind, AlarmKind::Dispatch(_));
        match kind {
            AlarmKind::Exception(kind) => self.open_exceptions().any(|exception| exception.kind == kind),
            AlarmKind::Dispatch(_) => {
                let deadline = self.deadline.as_ref().filter(|deadline| deadline.at > now);
                let last = self.alarms.raised.iter().rev().find(is_dispatch);
                let told = last.filter(|raised| raised.alarm == *alarm).and_then(|raised| raised.deadline);
                let moved = deadline
                    .zip(told)
                    .is_none_or(|(now, then)| now.at.duration_since(then) >= DEADLINE_MOVED_MIN);
                !moved && self.awaits_dispatch() && self.alarms.acknowledged_at.is_none()
            }
        }
    }

    /// The next level of the ladder. Nothing once the deadline has passed, which is an exception of its own, or a
    /// person has acknowledged the order.
    fn ladder(&self, until: Timestamp) -> Option<(AlarmKind, Timestamp)> {
        let deadline = self.deadline.as_ref().filter(|_| self.awaits_dispatch())?;
        let missed = self.open_exceptions().any(|e| e.kind == ExceptionKind::DispatchMissed);
        if missed || self.alarms.acknowledged_at.is_some() {
            return None;
        }
        let (level, at) = next_level(deadline.at, &self.alarms.raised, until)?;
        Some((AlarmKind::Dispatch(level), at))
    }

    fn is_open(&self, condition: &Condition) -> bool {
        self.open_exceptions().any(|e| e.kind == condition.kind && e.shipment == condition.shipment)
    }
}

/// When the carrier was last heard of, for a parcel that is on its way.
fn heard_of(shipment: &Shipment) -> Option<Timestamp> {
    match &shipment.stage {
        Stage::Uploaded { upload, .. } | Stage::Scanned { upload, .. } => {
            let last = shipment.track.as_ref().and_then(|track| track.last_event_at);
            last.into_iter().chain([upload.at]).max()
        }
        _ => None,
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

fn earlier(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
