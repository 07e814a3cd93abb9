//! What time does to an order: the escalation of its deadline, and the exceptions that open by themselves.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alarm::{
    AlarmKind, DEADLINE_MOVED_MIN, RaisedAlarm, exceptions_due, first_exception_at, minute_of, next_level,
};
use crate::exception::{Ends, Exception, ExceptionKind};
use crate::ids::{AlarmId, ShipmentId};
use crate::order::{OrderKind, OrderStatus};
use crate::record::OrderRecord;
use crate::shipment::Shipment;
use crate::stage::Stage;
use crate::time::{earlier, later};

/// An order should have a label this long after it was paid.
pub const LABELLED_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// Tracking has stalled if the carrier has reported nothing for this long.
pub const TRACKING_STALLED_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// A label that is bought should be issued this long afterwards.
pub const LABEL_ISSUED_WITHIN: SignedDuration = SignedDuration::from_mins(15);
/// A parcel without a scan becomes an exception this long before its collection deadline.
pub const COLLECTION_DUE_WITHIN: SignedDuration = SignedDuration::from_hours(6);
/// An unanswered cancellation request becomes an exception this long before the answer is due.
pub const RESPONSE_DUE_WITHIN: SignedDuration = SignedDuration::from_hours(6);

/// The alarms of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlarmLog {
    /// The alarms that were raised about it.
    pub raised: Vec<RaisedAlarm>,
    /// Since when a person takes care of it: its deadline raises no more alarms.
    pub acknowledged_at: Option<Timestamp>,
}

/// An exception that opens at an instant. Like alarms it opens at the start of a minute ([`minute_of`]); only
/// `DispatchMissed` opens strictly at its instant, because it speaks of the past.
struct TimedException {
    kind: ExceptionKind,
    shipment: Option<ShipmentId>,
    /// `None` while its condition cannot hold.
    opens_at: Option<Timestamp>,
    detail: &'static str,
}

impl OrderRecord {
    /// Opens and closes the exceptions that depend on time. Called whenever the record changes, and when
    /// [`OrderRecord::alarm_at`] has come.
    pub fn refresh_timed_exceptions(&mut self, now: Timestamp) {
        let mut due = self.timed_exceptions();
        due.retain(|timed| timed.opens_at.is_some_and(|opens_at| opens_at <= now));
        let awaits_dispatch = self.awaits_dispatch();
        for exception in self.exceptions.iter_mut().filter(|exception| exception.closed_at.is_none()) {
            let ends = exception.kind.facts().ends;
            let is_due = || due.iter().any(|timed| timed.is(exception));
            if ends == Ends::ByTime && !is_due() || ends == Ends::WhenOrderIsDispatched && !awaits_dispatch {
                exception.closed_at = Some(now);
            }
        }
        for TimedException { kind, shipment, detail, .. } in due {
            self.open_exception(kind, shipment.as_ref(), detail, now);
        }
    }

    fn timed_exceptions(&self) -> Vec<TimedException> {
        let waits = self.awaits_dispatch();
        let deadline = self.deadline.as_ref().filter(|_| waits);
        let unlabelled = waits && self.shipments.iter().all(|shipment| shipment.stage.label().is_none());
        // Pre-orders and the like have more time: the alarms of their deadline are enough.
        let in_stock = matches!(self.order.kind, OrderKind::Normal | OrderKind::Unknown(_));
        let label_by =
            self.order.paid_at.filter(|_| unlabelled && in_stock).map(|paid| later(paid, LABELLED_WITHIN));
        let respond_by = self.cancellation.as_ref().filter(|_| self.awaits_cancellation_response());
        let respond_by = respond_by.and_then(|request| request.respond_by);
        let of_order = |kind, opens_at, detail| TimedException { kind, shipment: None, opens_at, detail };
        let mut timed = vec![
            of_order(
                ExceptionKind::DispatchMissed,
                deadline.map(|deadline| deadline.at),
                "The dispatch deadline has passed and the order has not shipped.",
            ),
            of_order(
                ExceptionKind::NotLabelled,
                label_by.map(minute_of),
                "The order was paid 48 hours ago and has no label.",
            ),
            of_order(
                ExceptionKind::CancellationResponseDue,
                respond_by.map(|at| minute_of(earlier(at, RESPONSE_DUE_WITHIN))),
                "The buyer asked to cancel, and the time to answer is running out.",
            ),
        ];
        let collect_by = match self.order.status {
            OrderStatus::AwaitingCollection => self.order.clocks.scanned_by,
            _ => None,
        };
        for shipment in &self.shipments {
            let uploaded = matches!(shipment.stage, Stage::Uploaded { .. });
            let scan_by =
                collect_by.filter(|_| uploaded).map(|at| minute_of(earlier(at, COLLECTION_DUE_WITHIN)));
            let of_shipment = |kind, opens_at, detail| TimedException {
                kind,
                shipment: Some(shipment.id.clone()),
                opens_at,
                detail,
            };
            let issue_by = match &shipment.stage {
                Stage::LabelPending { label } => Some(minute_of(later(label.bought_at, LABEL_ISSUED_WITHIN))),
                _ => None,
            };
            timed.push(of_shipment(
                ExceptionKind::LabelNotIssued,
                issue_by,
                "The label was bought 15 minutes ago, and TikTok has not issued it.",
            ));
            timed.push(of_shipment(
                ExceptionKind::NotScanned,
                scan_by,
                "The collection deadline is near, and the carrier has not scanned the parcel.",
            ));
            timed.push(of_shipment(
                ExceptionKind::TrackingStalled,
                last_news_at(shipment).map(|at| minute_of(later(at, TRACKING_STALLED_AFTER))),
                "The carrier has reported nothing about the parcel for 72 hours.",
            ));
        }
        timed
    }

    /// The alarms about the order that are due by `until`, once [`OrderRecord::refresh_timed_exceptions`] has been called
    /// for that instant.
    pub fn alarms_due(&self, until: Timestamp) -> Vec<AlarmKind> {
        let level = self.next_escalation(until).filter(|(_, at)| *at <= until).map(|(kind, _)| kind);
        let exceptions = exceptions_due(&self.exceptions, &self.alarms.raised, until);
        level.into_iter().chain(exceptions.into_iter().map(AlarmKind::Exception)).collect()
    }

    /// When the order is next to be looked at for its alarms: the key of the index that drives them.
    pub fn alarm_at(&self) -> Option<Timestamp> {
        let not_open = self.timed_exceptions().into_iter().filter(|timed| !self.is_open(timed));
        not_open
            .filter_map(|timed| timed.opens_at)
            .chain(self.next_escalation(Timestamp::MIN).map(|(_, at)| at))
            .chain(first_exception_at(&self.exceptions, &self.alarms.raised))
            .min()
    }

    /// Notes that the order belongs to `alarm`. False if `kind` is not due by `until` (any more): no order belongs to two
    /// alarms about the same thing.
    pub fn raise(&mut self, kind: AlarmKind, alarm: &AlarmId, until: Timestamp, now: Timestamp) -> bool {
        if !self.alarms_due(until).contains(&kind) {
            return false;
        }
        let deadline = match kind {
            AlarmKind::Dispatch(_) => self.deadline.as_ref().map(|deadline| deadline.at),
            AlarmKind::Exception(_) => None,
        };
        // The instant by which it was due: the alarm covers an exception that opens later within this minute.
        let at = now.max(until);
        self.alarms.raised.push(RaisedAlarm { kind, alarm: alarm.clone(), at, deadline });
        true
    }

    /// True if the order belongs to `alarm`.
    pub fn is_raised_by(&self, alarm: &AlarmId) -> bool {
        self.alarms.raised.iter().any(|raised| raised.alarm == *alarm)
    }

    /// True while `alarm` of this kind still applies to the order: its exception is open; or its deadline is ahead, nobody
    /// has acknowledged the order, and no later alarm is about the deadline.
    pub fn still_tells(&self, kind: AlarmKind, alarm: &AlarmId, now: Timestamp) -> bool {
        let is_dispatch = |raised: &&RaisedAlarm| matches!(raised.kind, AlarmKind::Dispatch(_));
        match kind {
            AlarmKind::Exception(kind) => self.open_exceptions().any(|exception| exception.kind == kind),
            AlarmKind::Dispatch(_) => {
                let deadline = self.deadline.as_ref().filter(|deadline| deadline.at > now);
                let last = self.alarms.raised.iter().rev().find(is_dispatch);
                let raised_for = last.filter(|last| last.alarm == *alarm).and_then(|last| last.deadline);
                let moved = deadline
                    .zip(raised_for)
                    .is_none_or(|(now, then)| now.at.duration_since(then) >= DEADLINE_MOVED_MIN);
                !moved && self.awaits_dispatch() && self.alarms.acknowledged_at.is_none()
            }
        }
    }

    /// The next alarm about the deadline. None once it has passed, which is an exception of its own, or somebody has
    /// acknowledged the order.
    fn next_escalation(&self, until: Timestamp) -> Option<(AlarmKind, Timestamp)> {
        let deadline = self.deadline.as_ref().filter(|_| self.awaits_dispatch())?;
        let missed = self.open_exceptions().any(|e| e.kind == ExceptionKind::DispatchMissed);
        if missed || self.alarms.acknowledged_at.is_some() {
            return None;
        }
        let (level, at) = next_level(deadline.at, &self.alarms.raised, until)?;
        Some((AlarmKind::Dispatch(level), at))
    }

    fn is_open(&self, timed: &TimedException) -> bool {
        self.open_exceptions().any(|exception| timed.is(exception))
    }
}

impl TimedException {
    fn is(&self, exception: &Exception) -> bool {
        self.kind == exception.kind && self.shipment == exception.shipment
    }
}

/// When the carrier last reported something about a parcel that is on its way.
fn last_news_at(shipment: &Shipment) -> Option<Timestamp> {
    match &shipment.stage {
        Stage::Uploaded { upload, .. } | Stage::Scanned { upload, .. } => {
            let last = shipment.track.as_ref().and_then(|track| track.last_event_at);
            last.into_iter().chain([upload.at]).max()
        }
        _ => None,
    }
}
