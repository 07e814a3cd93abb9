//! Reads from EasyPost's trackers where parcels are.

use domain::track::{Track, TrackEvent, TrackStatus};
use domain::{Private, Timestamp, TrackingNumber, json};
use serde::Deserialize;
use serde_json::Value;

use super::shipment::{broken, read_same};
use super::transport::EasyPostTransport;
use super::{alias, error, wire};
use crate::{CarrierCall, CarrierError, LabelRef, Rejection};

/// Longer than any `status_detail` that EasyPost names; a sentence is longer, or has spaces.
const WORD_LENGTH_MAX: usize = 60;

/// One call where the shipment shows its tracker, which a purchase makes; else a second one that makes the tracker, or
/// finds it: within three months the same number of the same carrier is the same tracker.
pub(super) async fn track(
    transport: &EasyPostTransport,
    parcel: &LabelRef<'_>,
) -> Result<Option<Track>, CarrierError> {
    let LabelRef { handle, tracking } = *parcel;
    let shipment = read_same(transport, handle.as_str()).await?;
    if let Some(tracker) = tracker(&shipment.tracker, tracking) {
        return Ok(Some(read(&tracker)));
    }
    let carrier = shipment.selected_rate.as_ref().and_then(|rate| rate.carrier.as_deref());
    match create(transport, tracking, carrier).await {
        Ok(tracker) => Ok(Some(read(&tracker))),
        // A number that no carrier of EasyPost's is known to give is refused.
        Err(CarrierError::Rejected { reason: Rejection::Request | Rejection::QuoteGone, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn create(
    transport: &EasyPostTransport,
    tracking: &TrackingNumber,
    carrier: Option<&str>,
) -> Result<wire::Tracker, CarrierError> {
    let call = CarrierCall::Track;
    let body =
        wire::CreateTracker { tracker: wire::NewTracker { tracking_code: tracking.as_str(), carrier } };
    let answer = transport.post(call, &["trackers"], Some(&body)).await?;
    if !answer.status.is_success() {
        return Err(error::ordinary(call, &answer));
    }
    let value = json::read(&answer.body).unwrap_or(Value::Null);
    tracker(&value, tracking).ok_or_else(|| broken(call, "it is not a tracker of this number"))
}

/// The tracker, when it is one of this number.
fn tracker(value: &Value, tracking: &TrackingNumber) -> Option<wire::Tracker> {
    let tracker = wire::Tracker::deserialize(value).ok()?;
    (tracker.tracking_code.as_deref() == Some(tracking.as_str())).then_some(tracker)
}

fn read(tracker: &wire::Tracker) -> Track {
    let events: Vec<_> = wire::items(&tracker.tracking_details).iter().filter_map(event).collect();
    let (updated_at, estimated) = (time(&tracker.updated_at), time(&tracker.est_delivery_date));
    Track::new(status(tracker.status.as_deref()), updated_at, estimated, &events)
}

/// `None` for what has no time, and for EasyPost's own complaints, which are no events of the parcel.
fn event(detail: &Value) -> Option<TrackEvent> {
    let detail = wire::TrackingDetail::deserialize(detail).ok()?;
    let finer = word(detail.status_detail.as_deref());
    let status = alias::event_status(word(detail.status.as_deref()), &finer);
    let at = time(&detail.datetime).filter(|_| status != TrackStatus::TrackingFailed)?;
    let place = Private::new(place(&detail.tracking_location));
    Some(TrackEvent { at, status, detail: finer, place })
}

pub(super) fn status(text: Option<&str>) -> TrackStatus {
    alias::track_status(word(text))
}

/// The text, if it looks like a word of EasyPost's: anything else might quote personal data, and is left out.
fn word(text: Option<&str>) -> String {
    let is_word = |text: &&str| {
        text.len() <= WORD_LENGTH_MAX
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    text.filter(is_word).unwrap_or_default().to_owned()
}

/// An instant; by the documentation one without a zone is UTC.
fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

/// City and state, and nothing finer.
fn place(location: &Value) -> String {
    let part = |key| location.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let parts: Vec<_> = ["city", "state"].into_iter().filter_map(part).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use domain::track::TrackStatus;
    use serde_json::{Value, json};

    #[track_caller]
    fn check_time(text: Value, expect: Option<&str>) {
        let time = super::time(&text).map(|time| time.to_string());
        assert_eq!(time.as_deref(), expect, "{text}");
    }

    #[test]
    fn reads_times_with_and_without_a_zone() {
        check_time(json!("2025-02-06T19:51:47Z"), Some("2025-02-06T19:51:47Z"));
        check_time(json!("2025-02-06T14:51:47-05:00"), Some("2025-02-06T19:51:47Z"));
        check_time(json!("2025-02-06T19:51:47.456Z"), Some("2025-02-06T19:51:47.456Z"));
        check_time(json!("2025-02-06T19:51:47"), Some("2025-02-06T19:51:47Z"));
        for odd in [json!(""), json!("soon"), json!(null), json!(0), json!({})] {
            check_time(odd, None);
        }
    }

    #[test]
    fn keeps_words_and_no_sentences() {
        assert_eq!(super::word(Some("arrived_at_facility")), "arrived_at_facility");
        assert_eq!(super::word(Some("left with Ann at 12 Elm St")), "");
        assert_eq!(super::word(Some(&"x".repeat(61))), "");
        assert_eq!(super::word(None), "");
        assert_eq!(super::status(Some("held")), TrackStatus::Other("held".into()));
        assert_eq!(super::status(Some("given to Ann")), TrackStatus::Unknown);
    }

    #[test]
    fn a_place_is_city_and_state() {
        let place = |location| super::place(&location);
        assert_eq!(
            place(json!({"city": "RENO", "state": "NV", "zip": "89501", "street": "12 Elm"})),
            "RENO, NV"
        );
        assert_eq!(place(json!({"city": null, "state": " NV "})), "NV");
        assert_eq!(place(json!({"city": "", "state": 7})), "");
        assert_eq!(place(json!(null)), "");
    }

    #[test]
    fn an_odd_detail_spoils_only_itself() {
        let tracker = json!({"tracking_code": "9400", "status": "in_transit", "updated_at": 7, "tracking_details": [
            "odd", {"status": 7}, {"status": "in_transit", "datetime": null},
            {"status": "error", "datetime": "2025-02-07T00:00:00Z"},
            {"status": "in_transit", "datetime": "2025-02-06T00:00:00Z", "tracking_location": "here"},
        ]});
        let track = super::read(&serde_json::from_value(tracker).unwrap());
        assert_eq!((track.events, track.updated_at), (1, None));
        assert_eq!(track.first_scan_at, track.last_event_at);
        let bare = super::read(&serde_json::from_value(json!({"status": null})).unwrap());
        assert_eq!((bare.status, bare.events), (TrackStatus::Unknown, 0));
    }
}
