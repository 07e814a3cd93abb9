//! All trackers of an account: found, listed, made.

use std::collections::HashMap;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, json};

use super::core::Core;
use super::errors::ApiError;
use super::tracker::{Tracker, TrackerStatus, tracker_json};
use super::tracking_code;
use crate::clock;
use crate::lock::locked;
use crate::net::{Answer, Request};

/// For so long the same number of the same carrier is the same parcel ("three months"); carriers use numbers again.
const SAME_PARCEL: SignedDuration = SignedDuration::from_hours(24 * 90);
const PAGE_SIZE: usize = 20;
const PAGE_SIZE_MAX: usize = 100;

/// Trackers in the order in which they were made. None is ever removed.
#[derive(Debug, Default)]
pub(crate) struct Trackers {
    all: Vec<Tracker>,
    by_id: HashMap<String, usize>,
}

impl Trackers {
    pub(crate) fn insert(&mut self, tracker: Tracker) {
        self.by_id.insert(tracker.id.clone(), self.all.len());
        self.all.push(tracker);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Tracker> {
        self.all.get(*self.by_id.get(id)?)
    }

    /// The newest tracker of a number.
    fn of_code_mut(&mut self, code: &str) -> Option<&mut Tracker> {
        self.all.iter_mut().rev().find(|tracker| tracker.tracking_code == code)
    }

    /// The tracker that a request to make one would repeat.
    fn same(&self, code: &str, carrier: Option<&str>, now: Timestamp) -> Option<&Tracker> {
        self.all.iter().rev().find(|tracker| {
            tracker.tracking_code == code
                && carrier.is_none_or(|carrier| carrier == tracker.carrier)
                && now.duration_since(tracker.created_at) < SAME_PARCEL
        })
    }
}

pub(crate) fn get(core: &Core, id: &str) -> Result<Answer, ApiError> {
    let state = locked(&core.state);
    let tracker = state.trackers.get(id).ok_or_else(|| ApiError::not_found(id))?;
    Ok(Answer::json(StatusCode::OK, &tracker_json(tracker)))
}

/// A page, the newest first; `before_id` and `after_id` name the tracker at which it ends or begins.
pub(crate) fn list(core: &Core, request: &Request) -> Result<Answer, ApiError> {
    let filter = Filter::read(request)?;
    let state = locked(&core.state);
    let trackers = &state.trackers;
    let place = |name: &str| match request.param(name).filter(|id| !id.is_empty()) {
        Some(id) => trackers.by_id.get(id).map(|place| Some(*place)).ok_or_else(|| ApiError::not_found(id)),
        None => Ok(None),
    };
    let end = place("before_id")?.unwrap_or(trackers.all.len());
    let begin = place("after_id")?.map_or(0, |place| place + 1);
    let within = trackers.all.get(begin..end).unwrap_or_default();
    let mut found = within.iter().rev().filter(|tracker| filter.takes(tracker));
    let page: Vec<_> = found.by_ref().take(filter.page_size).map(tracker_json).collect();
    let has_more = found.next().is_some();
    Ok(Answer::json(StatusCode::OK, &json!({ "trackers": page, "has_more": has_more })))
}

/// What a list is asked for. The official clients send an empty text for what is not asked.
struct Filter<'a> {
    page_size: usize,
    tracking_code: Option<&'a str>,
    carrier: Option<&'a str>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl<'a> Filter<'a> {
    fn read(request: &'a Request) -> Result<Self, ApiError> {
        let text = |name: &str| request.param(name).filter(|text| !text.is_empty());
        let time = |name: &str| {
            let read = text(name).map(str::parse).transpose();
            read.map_err(|_| ApiError::invalid(name, "is not a date and time"))
        };
        let page_size = text("page_size").map_or(Ok(PAGE_SIZE), str::parse);
        let page_size = page_size.map_err(|_| ApiError::invalid("page_size", "is not a number"))?;
        Ok(Self {
            page_size: page_size.clamp(1, PAGE_SIZE_MAX),
            tracking_code: text("tracking_code"),
            carrier: text("carrier"),
            start: time("start_datetime")?,
            end: time("end_datetime")?,
        })
    }

    fn takes(&self, tracker: &Tracker) -> bool {
        self.tracking_code.is_none_or(|code| code == tracker.tracking_code)
            && self.carrier.is_none_or(|carrier| carrier == tracker.carrier)
            && self.start.is_none_or(|start| tracker.created_at >= start)
            && self.end.is_none_or(|end| tracker.created_at <= end)
    }
}

/// The tracker of a number: the one that there is, or a new one.
pub(crate) fn create(core: &Core, request: &Request) -> Result<Answer, ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("body", "is not a JSON object"))?;
    let asked = &body["tracker"];
    if asked.as_object().is_none_or(Map::is_empty) {
        return Err(ApiError::required("tracker"));
    }
    let text = |name: &str| asked[name].as_str().map(str::trim).filter(|text| !text.is_empty());
    let code = text("tracking_code").ok_or_else(|| ApiError::required("tracking_code"))?;
    let now = clock::now();
    let mut state = locked(&core.state);
    if let Some(tracker) = state.trackers.same(code, text("carrier"), now) {
        return Ok(answer(tracker));
    }
    let carrier = text("carrier").or_else(|| tracking_code::carrier(code));
    let carrier = carrier.ok_or_else(|| ApiError::invalid("tracking_code", "is of no known carrier"))?;
    let tracker = Tracker::new(code, carrier, now);
    state.trackers.insert(tracker.clone());
    drop(state);
    core.emit_tracker("tracker.created", &tracker, None);
    Ok(answer(&tracker))
}

/// 200 also for a new one, as recorded.
fn answer(tracker: &Tracker) -> Answer {
    Answer::json(StatusCode::OK, &tracker_json(tracker))
}

impl Core {
    /// Moves the tracker of a code and tells of it; false when there is none.
    pub(crate) fn track(&self, code: &str, status: TrackerStatus) -> bool {
        let moved = locked(&self.state).trackers.of_code_mut(code).map(|tracker| {
            let before = tracker.step(status, clock::now());
            (tracker.clone(), before)
        });
        let Some((tracker, before)) = moved else { return false };
        self.emit_tracker("tracker.updated", &tracker, Some(before));
        true
    }
}
