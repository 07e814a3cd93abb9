//! EasyPost's words for carriers, services and tracking, and ours. Whatever is not listed keeps EasyPost's word: a service
//! that is not known is shown and never bought, a status that is not known is shown and never acted on.

use domain::rates::{Carrier, Service};
use domain::track::TrackStatus;

/// Our name of EasyPost's carrier. Its names carry the type of the contract (`UPSDAP`, `FedExDefault`, `FedExSmartPost`), so
/// the beginning decides.
fn carrier(name: &str) -> Carrier {
    let name = plain(name);
    let begins = |prefix: &str| name.starts_with(prefix);
    if begins("usps") {
        Carrier::Usps
    } else if begins("ups") {
        Carrier::Ups
    } else if begins("fedex") {
        Carrier::FedEx
    } else if begins("dhlecs") || begins("dhlecommerce") || begins("dhlglobalmail") {
        Carrier::DhlEcommerce
    } else if begins("amazon") {
        Carrier::Amazon
    } else {
        Carrier::Other
    }
}

/// EasyPost's codes that differ from the carrier's own name of the service, without punctuation and letter case.
const SERVICES: [(Carrier, &str, &str); 13] = [
    (Carrier::Usps, "first", "firstclass"),
    (Carrier::Usps, "priority", "prioritymail"),
    (Carrier::Usps, "express", "prioritymailexpress"),
    (Carrier::Ups, "nextdayairearlyam", "nextdayairearly"),
    (Carrier::FedEx, "fedexground", "ground"),
    (Carrier::FedEx, "groundhomedelivery", "homedelivery"),
    (Carrier::FedEx, "fedexexpresssaver", "expresssaver"),
    (Carrier::FedEx, "fedex2day", "2day"),
    (Carrier::FedEx, "fedex2dayam", "2dayam"),
    (Carrier::FedEx, "smartpost", "groundeconomy"),
    (Carrier::DhlEcommerce, "dhlparcelground", "ground"),
    (Carrier::DhlEcommerce, "dhlparcelexpedited", "expedited"),
    (Carrier::DhlEcommerce, "dhlparcelexpeditedmax", "expeditedmax"),
];
/// Written like the carrier, and therefore told apart from the table above.
const AMAZON_GROUND: &str = "amazonshippingground";

/// The service that EasyPost calls `code` of the carrier that it calls `carrier`.
pub(super) fn service(carrier_name: &str, code: &str) -> Service {
    let carrier = carrier(carrier_name);
    let service = Service::new(carrier, code);
    let known = match (carrier, service.code.as_str()) {
        (Carrier::Amazon, AMAZON_GROUND) => Some("ground"),
        (_, code) => {
            SERVICES.iter().find(|(of, theirs, _)| *of == carrier && *theirs == code).map(|row| row.2)
        }
    };
    match known {
        Some(name) => Service::new(carrier, name),
        None => service,
    }
}

/// The finer word of an event that only says that the label was printed, whatever the status beside it.
const LABEL_CREATED: &str = "label_created";

/// The status of a tracker.
pub(super) fn track_status(word: String) -> TrackStatus {
    match word.as_str() {
        "" | "unknown" => TrackStatus::Unknown,
        "pre_transit" => TrackStatus::LabelCreated,
        "in_transit" => TrackStatus::InTransit,
        "out_for_delivery" => TrackStatus::OutForDelivery,
        "available_for_pickup" => TrackStatus::AvailableForPickup,
        "delivered" => TrackStatus::Delivered,
        "return_to_sender" => TrackStatus::ReturnToSender,
        "failure" => TrackStatus::DeliveryFailed,
        "cancelled" => TrackStatus::Cancelled,
        "error" => TrackStatus::TrackingFailed,
        _ => TrackStatus::Other(word),
    }
}

/// The status after an event of a tracker, with EasyPost's finer word for it.
pub(super) fn event_status(word: String, detail: &str) -> TrackStatus {
    match track_status(word) {
        TrackStatus::TrackingFailed => TrackStatus::TrackingFailed,
        _ if detail == LABEL_CREATED => TrackStatus::LabelCreated,
        status => status,
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use domain::rates::{Service, facts};
    use domain::track::TrackStatus;

    use super::{SERVICES, event_status, service, track_status};

    #[track_caller]
    fn check(carrier: &str, code: &str, expect: Option<&str>) {
        assert_eq!(facts(&service(carrier, code)).map(|facts| facts.name), expect, "{carrier} {code}");
    }

    #[test]
    fn services_are_known_by_easyposts_codes_in_any_spelling() {
        check("USPS", "GroundAdvantage", Some("USPS Ground Advantage"));
        check("usps", "First", Some("USPS First Class"));
        check("USPS", "Priority", Some("USPS Priority Mail"));
        check("USPS", "Express", Some("USPS Priority Mail Express"));
        check("UPSDAP", "Ground", Some("UPS Ground"));
        check("UPS", "NextDayAir", Some("UPS Next Day Air"));
        check("UPS", "NextDayAirEarlyAM", Some("UPS Next Day Air Early"));
        check("FedExDefault", "FEDEX_GROUND", Some("FedEx Ground"));
        check("FedEx", "FEDEX_EXPRESS_SAVER", Some("FedEx Express Saver"));
        check("FedEx", "GROUND_HOME_DELIVERY", Some("FedEx Home Delivery"));
        check("FedEx", "FEDEX_2_DAY_AM", Some("FedEx 2Day A.M."));
        check("FedExSmartPost", "SMART_POST", Some("FedEx Ground Economy"));
        check("DhlEcs", "DHLParcelGround", Some("DHL eCommerce Ground"));
        check("DhlEcs", "DHLParcelExpeditedMax", Some("DHL eCommerce Expedited Max"));
        check("AmazonShipping", "Amazon Shipping Ground", Some("Amazon Shipping Ground"));
        check("RoyalMail", "Tracked24", None);
        check("", "", None);
    }

    #[test]
    fn every_alias_leads_to_a_known_service() {
        for (carrier, theirs, ours) in SERVICES {
            assert!(facts(&Service::new(carrier, ours)).is_some(), "{theirs}");
        }
    }

    #[test]
    fn every_word_of_a_tracker_is_known_and_others_are_kept() {
        let words = [
            ("unknown", TrackStatus::Unknown),
            ("pre_transit", TrackStatus::LabelCreated),
            ("in_transit", TrackStatus::InTransit),
            ("out_for_delivery", TrackStatus::OutForDelivery),
            ("available_for_pickup", TrackStatus::AvailableForPickup),
            ("delivered", TrackStatus::Delivered),
            ("return_to_sender", TrackStatus::ReturnToSender),
            ("failure", TrackStatus::DeliveryFailed),
            ("cancelled", TrackStatus::Cancelled),
            ("error", TrackStatus::TrackingFailed),
            ("held_by_customs", TrackStatus::Other("held_by_customs".into())),
            ("", TrackStatus::Unknown),
        ];
        for (word, expect) in words {
            assert_eq!(track_status(word.to_owned()), expect, "{word}");
        }
    }

    #[test]
    fn an_event_that_prints_the_label_is_no_scan() {
        let status = |word: &str, detail| event_status(word.to_owned(), detail);
        assert_eq!(status("in_transit", "label_created"), TrackStatus::LabelCreated);
        assert_eq!(status("in_transit", "arrived_at_facility"), TrackStatus::InTransit);
        assert_eq!(status("error", "label_created"), TrackStatus::TrackingFailed);
    }
}
