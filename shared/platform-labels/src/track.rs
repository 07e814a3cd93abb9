//! Where a parcel is, by TikTok's word.

use carriers::{CarrierCall, CarrierError};
use domain::PackageId;
use domain::track::{Track, TrackStatus};
use tiktok::PackageState;

use crate::{PlatformLabels, errors};

impl PlatformLabels {
    pub(crate) async fn follow(&self, package: &PackageId) -> Result<Option<Track>, CarrierError> {
        let state = self.tiktok.package(&self.access, package).await;
        let state = state.map_err(|error| errors::of_call(CarrierCall::Track, error))?;
        Ok(Some(Track::new(status(&state), state.updated_at, None, &[])))
    }
}

/// What went wrong comes first, then the finer word, then the coarse one, which every answer has.
fn status(state: &PackageState) -> TrackStatus {
    match state.exception.as_str() {
        "RETURNED_TO_SHIPPER" => return TrackStatus::ReturnToSender,
        // TikTok spells the first one so.
        "PACKAGE_DAMAGAED" | "PACKAGE_DAMAGED" | "PACKAGE_LOST" | "PACKAGE_SCRAP" => {
            return TrackStatus::DeliveryFailed;
        }
        _ => {}
    }
    match state.sub_status.as_str() {
        "TTS" => return TrackStatus::InTransit,
        "DELIVERED" => return TrackStatus::Delivered,
        "SHIP_EXCEPTION" | "PART_DELIVERED_AND_EXCEPTION" => return TrackStatus::DeliveryFailed,
        _ => {}
    }
    match state.status.as_str() {
        "TO_FULFILL" | "PROCESSING" => TrackStatus::LabelCreated,
        "FULFILLING" => TrackStatus::InTransit,
        "COMPLETED" => TrackStatus::Delivered,
        "CANCELLED" => TrackStatus::Cancelled,
        "" => TrackStatus::Unknown,
        other => TrackStatus::Other(other.chars().take(40).collect()),
    }
}

#[cfg(test)]
mod tests {
    use domain::track::TrackStatus;
    use tiktok::PackageState;

    use super::status;

    #[track_caller]
    fn check(status_word: &str, sub_status: &str, exception: &str, expect: TrackStatus) {
        let state = PackageState {
            status: status_word.into(),
            sub_status: sub_status.into(),
            exception: exception.into(),
            updated_at: None,
            orders: Vec::new(),
        };
        assert_eq!(status(&state), expect, "{status_word} {sub_status} {exception}");
    }

    #[test]
    fn the_finer_word_counts_where_there_is_one() {
        check("PROCESSING", "", "", TrackStatus::LabelCreated);
        check("PROCESSING", "RTS", "", TrackStatus::LabelCreated);
        check("FULFILLING", "", "", TrackStatus::InTransit);
        check("FULFILLING", "TTS", "", TrackStatus::InTransit);
        check("COMPLETED", "DELIVERED", "", TrackStatus::Delivered);
        check("FULFILLING", "SHIP_EXCEPTION", "PACKAGE_LOST", TrackStatus::DeliveryFailed);
        check("FULFILLING", "SHIP_EXCEPTION", "RETURNED_TO_SHIPPER", TrackStatus::ReturnToSender);
        check("FULFILLING", "", "PACKAGE_DAMAGAED", TrackStatus::DeliveryFailed);
        check("CANCELLED", "", "", TrackStatus::Cancelled);
        check("", "", "", TrackStatus::Unknown);
        check("TSP_PENDING", "", "", TrackStatus::Other("TSP_PENDING".into()));
    }
}
