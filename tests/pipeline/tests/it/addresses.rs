//! Addresses as buyers type them, from TikTok to the label: what a label prints, what carriers take, and what a person
//! decides.

use backend::RateOutcome;
use domain::address::{Address, AddressIssue, Field, Party, Place};
use domain::exception::ExceptionKind;
use domain::rates::{Candidate, Carrier, Ineligible, Verdict};
use domain::record::OrderRecord;
use domain::remedy::Remedy;
use domain::settings::AllSettings;
use domain::{OrderId, ShopId};
use jiff::SignedDuration;
use pipeline::{BackendKind, Drive, FaultPlan, World, WorldConfig};
use remedy::{RemedyOutcome, RemedyRequest};
use sim::faults::{CallKind, FaultRates};
use sim::sandbox::Kind;
use sim::tiktok::Recipient;

pipeline::on_both_backends!(
    a_person_who_confirms_an_address_beats_the_verification,
    a_person_who_corrects_an_address_beats_the_verification,
    a_confirmation_ends_when_the_buyer_changes_the_address,
    a_confirmed_address_is_not_held_against_the_table_of_postal_codes,
    how_a_field_is_written_is_no_verdict_on_the_place,
    a_picture_in_a_name_is_left_out_and_the_parcel_shipped,
    a_phone_that_can_t_be_dialled_is_replaced_by_the_sellers,
    without_any_phone_the_carriers_that_need_one_are_passed_over,
    what_only_the_postal_service_reaches_goes_by_it,
    a_name_that_prints_in_part_is_printed_by_that_part,
    a_name_that_no_label_prints_waits_for_a_person,
    a_street_that_is_too_long_for_a_carrier_is_sent_whole_by_another,
    a_long_first_line_goes_on_in_the_second,
    an_address_that_fits_no_carrier_says_what_is_too_long,
    a_verification_that_takes_no_more_calls_is_waited_for,
);

/// A world with one order of `kind` whose buyer is as `change` makes them.
async fn world(
    backend_kind: &BackendKind,
    kind: Kind,
    settings: &str,
    change: impl Fn(&mut Recipient),
) -> (World, String) {
    world_of(WorldConfig::one(kind).on(backend_kind), settings, change).await
}

/// The same where TikTok accepts the labels of the Postal Service.
async fn postal_world(backend_kind: &BackendKind, change: impl Fn(&mut Recipient)) -> (World, String) {
    world_of(WorldConfig::one(Kind::Heavy).on(backend_kind).without_restrictions(), "{}", change).await
}

async fn world_of(
    mut config: WorldConfig,
    settings: &str,
    change: impl Fn(&mut Recipient),
) -> (World, String) {
    config.settings = AllSettings::read(settings).unwrap();
    for order in &mut config.orders {
        change(&mut order.spec.recipient);
    }
    let world = World::new(config).await.unwrap();
    let order = world.sandbox.kinds().keys().next().unwrap().clone();
    (world, order)
}

/// Tells of every order and works until nothing moves.
async fn run(world: &World) -> Drive<'_> {
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    drive.until_done().await.unwrap();
    drive
}

/// The stage, and the open exceptions.
async fn state(world: &World, order: &str) -> (String, Vec<ExceptionKind>) {
    let record = record(world, order).await;
    let stage = record.shipments[0].stage.name().to_owned();
    (stage, record.open_exceptions().map(|exception| exception.kind).collect())
}

async fn record(world: &World, order: &str) -> OrderRecord {
    world.record(order).await.unwrap().unwrap()
}

async fn detail(world: &World, order: &str) -> String {
    record(world, order).await.open_exceptions().next().unwrap().detail.clone()
}

fn uploaded() -> (String, Vec<ExceptionKind>) {
    ("uploaded".to_owned(), Vec::new())
}

fn blocked(why: ExceptionKind) -> (String, Vec<ExceptionKind>) {
    ("blocked".to_owned(), vec![why])
}

/// What a person does, as the function or the command line does it, and what follows from it.
async fn decide(world: &World, drive: &mut Drive<'_>, order: &str, remedy: Remedy) -> RemedyOutcome {
    let shop = world.sandbox.tiktok.order(order).unwrap().shop_id;
    let request = RemedyRequest { shop: ShopId::new(shop), orders: vec![OrderId::new(order)], remedy };
    let mut report = world.remedies().unwrap().run(request).await.unwrap();
    drive.work_for(SignedDuration::from_secs(40)).await.unwrap();
    report.outcomes.remove(0).outcome
}

fn is_done(outcome: &RemedyOutcome) -> bool {
    matches!(outcome, RemedyOutcome::Done { .. })
}

/// The one label that was bought: by which carrier, and a field of its address.
fn label(world: &World, field: &str) -> (String, String) {
    let purchases = world.sandbox.easypost.purchases();
    assert_eq!(purchases.len(), 1, "one label");
    let address = world.sandbox.easypost.labels_addressed().remove(0);
    (purchases[0].carrier.clone(), address[field].as_str().unwrap_or_default().to_owned())
}

/// Every reason against a service of `carrier`.
async fn refusals(world: &World, order: &str, carrier: Carrier) -> Vec<Ineligible> {
    let shipment = record(world, order).await.shipments[0].id.clone();
    let outcome = world.backend.orders.get_decision(&world.key(order), &shipment).await.unwrap().unwrap();
    let candidates = match outcome {
        RateOutcome::Chosen { decision, .. } => decision.candidates,
        RateOutcome::None { candidates, .. } => candidates,
    };
    let of_carrier = |candidate: &Candidate| candidate.quote.service.carrier == carrier;
    let refused = candidates.into_iter().filter(of_carrier).filter_map(|candidate| match candidate.verdict {
        Verdict::Ineligible(refusal) => Some(refusal),
        Verdict::Chosen | Verdict::Eligible => None,
    });
    refused.collect()
}

const NEW_STREET: &str = "18 Freshly Paved Way";
const UNKNOWN: (bool, &[&str]) = (false, &["E.ADDRESS.NOT_FOUND"]);

async fn unknown_street(backend_kind: &BackendKind) -> (World, String) {
    let (world, order) = world(backend_kind, Kind::Light, "{}", |to| {
        (to.line1, to.line2) = (NEW_STREET.to_owned(), String::new());
    })
    .await;
    world.sandbox.easypost.verifier_says("Freshly Paved", UNKNOWN.0, UNKNOWN.1);
    (world, order)
}

async fn a_person_who_confirms_an_address_beats_the_verification(backend_kind: BackendKind) {
    let (world, order) = unknown_street(&backend_kind).await;
    let mut drive = run(&world).await;
    assert_eq!(state(&world, &order).await, blocked(ExceptionKind::AddressUndeliverable));
    assert!(is_done(&decide(&world, &mut drive, &order, Remedy::Retry).await));
    assert_eq!(
        state(&world, &order).await,
        blocked(ExceptionKind::AddressUndeliverable),
        "a retry asks again"
    );
    assert!(world.sandbox.easypost.verifier_said() >= 2);
    let outcome = decide(&world, &mut drive, &order, Remedy::ConfirmAddress).await;
    assert!(is_done(&outcome), "{outcome:?}");
    assert_eq!(state(&world, &order).await, uploaded());
    assert_eq!(label(&world, "street1").1, NEW_STREET.to_uppercase());
    world.check().await.unwrap();
}

async fn a_person_who_corrects_an_address_beats_the_verification(backend_kind: BackendKind) {
    let (world, order) = unknown_street(&backend_kind).await;
    let mut drive = run(&world).await;
    let shown = record(&world, &order).await.order.recipient.unwrap();
    let address = Address { street1: "18 Freshly Paved Wy".into(), ..shown };
    let outcome = decide(&world, &mut drive, &order, Remedy::CorrectAddress { address }).await;
    assert!(is_done(&outcome), "{outcome:?}");
    assert_eq!(state(&world, &order).await, uploaded(), "it is shipped to the corrected address");
    assert_eq!(label(&world, "street1").1, "18 FRESHLY PAVED WY");
    assert!(world.sandbox.easypost.verifier_said() >= 2, "it was asked of the corrected one too");
}

async fn a_confirmation_ends_when_the_buyer_changes_the_address(backend_kind: BackendKind) {
    let (world, order) = unknown_street(&backend_kind).await;
    let mut drive = run(&world).await;
    // Held, so that nothing is bought before the buyer changes it.
    assert!(is_done(&decide(&world, &mut drive, &order, Remedy::Hold).await));
    assert!(is_done(&decide(&world, &mut drive, &order, Remedy::ConfirmAddress).await));
    assert!(record(&world, &order).await.has_confirmed_address());
    let to =
        Recipient { line1: "20 Freshly Paved Way".to_owned(), line2: String::new(), ..Recipient::sample() };
    world.sandbox.tiktok.update_address(&order, to).unwrap();
    drive.tell(&order).await.unwrap();
    drive.work_for(SignedDuration::from_secs(30)).await.unwrap();
    assert!(!record(&world, &order).await.has_confirmed_address());
    assert!(is_done(&decide(&world, &mut drive, &order, Remedy::Release).await));
    assert_eq!(state(&world, &order).await, blocked(ExceptionKind::AddressUndeliverable), "another street");
    assert_eq!(world.sandbox.easypost.labels_bought(), 0);
}

async fn a_confirmed_address_is_not_held_against_the_table_of_postal_codes(backend_kind: BackendKind) {
    // No ZIP code begins so by the table; the verification, which knows better, says yes.
    let (world, order) =
        world(&backend_kind, Kind::Light, "{}", |to| to.postal_code = "21301".to_owned()).await;
    let mut drive = run(&world).await;
    assert_eq!(state(&world, &order).await, blocked(ExceptionKind::AddressMismatch));
    assert!(is_done(&decide(&world, &mut drive, &order, Remedy::ConfirmAddress).await));
    assert_eq!(state(&world, &order).await, uploaded());
    assert!(label(&world, "zip").1.starts_with("21301"));
}

async fn how_a_field_is_written_is_no_verdict_on_the_place(backend_kind: BackendKind) {
    for code in ["E.NAME.INVALID", "ADDRESS.PARAMETERS.INVALID_CHARACTER", "E.SECONDARY_INFORMATION.MISSING"]
    {
        let (world, order) =
            world(&backend_kind, Kind::Light, "{}", |to| to.line1 = NEW_STREET.to_owned()).await;
        world.sandbox.easypost.verifier_says("Freshly Paved", false, &[code]);
        run(&world).await;
        assert_eq!(state(&world, &order).await, uploaded(), "{code}");
        assert_eq!(world.sandbox.easypost.verifier_said(), 1, "{code}");
    }
}

async fn a_picture_in_a_name_is_left_out_and_the_parcel_shipped(backend_kind: BackendKind) {
    for (first, last, printed) in [
        ("Emma", "Nails 💸", "EMMA NAILS"),
        ("Emma\u{200B}", "Nails ❤️‍🔥", "EMMA NAILS"),
        ("𝓔𝓶𝓶𝓪", "Ｎａｉｌｓ\u{FFFD}", "EMMA NAILS"),
    ] {
        let (world, order) = world(&backend_kind, Kind::Light, "{}", |to| {
            (to.first_name, to.last_name) = (first.to_owned(), last.to_owned());
        })
        .await;
        run(&world).await;
        assert_eq!(state(&world, &order).await, uploaded(), "{last}");
        assert_eq!(label(&world, "name").1, printed);
    }
}

const WITH_PHONE: &str = r#"{"default": {"label_phone": "+14155550100"}}"#;
/// As TikTok masks them, of no use, and none.
const BAD_PHONES: [&str; 3] = ["(+1)213-***-1234", "911", ""];

async fn a_phone_that_can_t_be_dialled_is_replaced_by_the_sellers(backend_kind: BackendKind) {
    for phone in BAD_PHONES {
        let (world, order) =
            world(&backend_kind, Kind::Heavy, WITH_PHONE, |to| to.phone = phone.to_owned()).await;
        run(&world).await;
        assert_eq!(state(&world, &order).await, uploaded(), "{phone}");
        assert_eq!(label(&world, "phone"), ("UPSDAP".to_owned(), "4155550100".to_owned()), "{phone}");
    }
    let (world, _) =
        world(&backend_kind, Kind::Heavy, WITH_PHONE, |to| to.phone = "(+1) 503-555-0142".to_owned()).await;
    run(&world).await;
    assert_eq!(label(&world, "phone").1, "5035550142", "the buyer's own");
}

async fn without_any_phone_the_carriers_that_need_one_are_passed_over(backend_kind: BackendKind) {
    for phone in BAD_PHONES {
        let (world, order) = postal_world(&backend_kind, |to| to.phone = phone.to_owned()).await;
        run(&world).await;
        assert_eq!(state(&world, &order).await, uploaded(), "{phone}");
        assert_eq!(label(&world, "phone"), ("USPS".to_owned(), String::new()), "{phone}");
        let issue = AddressIssue::NoPhone { party: Party::Recipient };
        for carrier in [Carrier::Ups, Carrier::FedEx] {
            let refusals = refusals(&world, &order, carrier).await;
            assert!(refusals.contains(&Ineligible::AddressNotAccepted { issue }), "{refusals:?}");
        }
    }
}

async fn what_only_the_postal_service_reaches_goes_by_it(backend_kind: BackendKind) {
    for (line1, place) in [
        ("General Delivery", Place::GeneralDelivery),
        ("P.O. Box 77", Place::PoBox),
        ("Firm Caller 2016", Place::PoBox),
        ("HC 68 Box 23A", Place::PostalRoute),
    ] {
        let (world, order) = postal_world(&backend_kind, |to| {
            (to.line1, to.line2) = (line1.to_owned(), String::new());
        })
        .await;
        run(&world).await;
        assert_eq!(state(&world, &order).await, uploaded(), "{line1}");
        assert_eq!(label(&world, "street1"), ("USPS".to_owned(), line1.to_uppercase()));
        // EasyPost quotes no private carrier for what it knows as a box itself.
        if line1 != "P.O. Box 77" {
            let refusals = refusals(&world, &order, Carrier::Ups).await;
            assert!(refusals.contains(&Ineligible::NotDeliveredThere { place }), "{line1}: {refusals:?}");
        }
    }
}

async fn a_name_that_prints_in_part_is_printed_by_that_part(backend_kind: BackendKind) {
    let (world, order) = world(&backend_kind, Kind::Light, "{}", |to| {
        (to.first_name, to.last_name) = ("서울특".to_owned(), "Kim".to_owned());
    })
    .await;
    run(&world).await;
    assert_eq!(state(&world, &order).await, uploaded());
    assert_eq!(label(&world, "name").1, "KIM");
}

async fn a_name_that_no_label_prints_waits_for_a_person(backend_kind: BackendKind) {
    let told = r#"{"default": {"recipients": [{"id": "ann", "email": "ann@example.com"}]}}"#;
    let (world, order) = world(&backend_kind, Kind::Light, told, |to| {
        (to.first_name, to.last_name) = ("서울".to_owned(), "특별".to_owned());
    })
    .await;
    let mut drive = run(&world).await;
    assert_eq!(state(&world, &order).await, blocked(ExceptionKind::AddressUnprintable));
    assert_eq!(detail(&world, &order).await, "A label can't print all of the address: name.");
    assert_eq!(world.sandbox.easypost.shipments_created(), 0, "no carrier was asked");
    drive.work_for(SignedDuration::from_mins(3)).await.unwrap();
    assert!(
        record(&world, &order)
            .await
            .open_exceptions()
            .all(|exception| exception.kind.notify_after().is_some())
    );

    let outcome = decide(&world, &mut drive, &order, Remedy::ConfirmAddress).await;
    let RemedyOutcome::Refused { why } = outcome else { panic!("{outcome:?}") };
    assert_eq!(why, "no label can be made for its address: the address has no name");
    let shown = record(&world, &order).await.order.recipient.unwrap();
    let address = Address { name: "Kim Seoul".into(), ..shown };
    assert!(is_done(&decide(&world, &mut drive, &order, Remedy::CorrectAddress { address }).await));
    assert_eq!(state(&world, &order).await, uploaded());
    assert_eq!(label(&world, "name").1, "KIM SEOUL");
}

async fn a_street_that_is_too_long_for_a_carrier_is_sent_whole_by_another(backend_kind: BackendKind) {
    let line1 = "12345 North Old Saddle Creek Boulevard Extension";
    let line2 = "Building 7 Apartment 1204 Gate 9";
    let (world, order) = postal_world(&backend_kind, |to| {
        (to.line1, to.line2) = (line1.to_owned(), line2.to_owned());
    })
    .await;
    run(&world).await;
    assert_eq!(state(&world, &order).await, uploaded());
    let (carrier, street) = label(&world, "street1");
    assert_eq!((carrier.as_str(), street), ("USPS", format!("{line1} {line2}").to_uppercase()));
    let issue = AddressIssue::TooLong { party: Party::Recipient, field: Field::Street, max: 35 };
    assert!(refusals(&world, &order, Carrier::Ups).await.contains(&Ineligible::AddressNotAccepted { issue }));
}

async fn a_long_first_line_goes_on_in_the_second(backend_kind: BackendKind) {
    let (world, order) = world(&backend_kind, Kind::Heavy, "{}", |to| {
        (to.line1, to.line2) = ("12345 North Old Saddle Creek Boulevard".to_owned(), String::new());
    })
    .await;
    run(&world).await;
    assert_eq!(state(&world, &order).await, uploaded());
    assert_eq!(label(&world, "street1").0, "UPSDAP", "which takes 35 characters a line");
}

async fn an_address_that_fits_no_carrier_says_what_is_too_long(backend_kind: BackendKind) {
    let (world, order) = world(&backend_kind, Kind::Heavy, "{}", |to| {
        (to.line1, to.line2) = (format!("12 {}", "Long".repeat(15)), String::new());
    })
    .await;
    let mut drive = run(&world).await;
    assert_eq!(state(&world, &order).await, blocked(ExceptionKind::NoRate));
    let detail = detail(&world, &order).await;
    for words in [
        "UPS Ground accepts no street line longer than 35 characters",
        "USPS Priority Mail accepts no street line",
    ] {
        assert!(detail.contains(words), "{detail}");
    }
    assert!(!detail.contains("Long"), "{detail}");
    let shown = record(&world, &order).await.order.recipient.unwrap();
    let address = Address { street1: "12 Long Street".into(), ..shown };
    assert!(is_done(&decide(&world, &mut drive, &order, Remedy::CorrectAddress { address }).await));
    assert_eq!(state(&world, &order).await, uploaded(), "another address may have a rate");
}

/// EasyPost answers the verification alone with 429. The order waits its turn, which is no failure, and the verdict counts.
async fn a_verification_that_takes_no_more_calls_is_waited_for(backend_kind: BackendKind) {
    let street = "118 Plumeria Bend";
    let (world, order) = world(&backend_kind, Kind::Light, "{}", |to| to.line1 = street.to_owned()).await;
    let easypost = &world.sandbox.easypost;
    easypost.verifier_says(street, false, &["E.ADDRESS.NOT_FOUND"]);
    let only = Some(vec![CallKind::AddressCreate]);
    easypost.faults().set_rates(FaultRates { too_many_requests: 1.0, only, ..FaultRates::default() });
    let mut drive = world.drive(FaultPlan::none()).unwrap();
    drive.notify().await.unwrap();
    // It is read back, and rated as far as that goes.
    drive.work_on(2).await.unwrap();
    let calls = easypost.calls();
    assert!(calls[&CallKind::AddressCreate] > 0 && calls[&CallKind::ShipmentCreate] == 1, "{calls:?}");
    assert_eq!(easypost.verifier_said(), 0);
    assert_eq!(state(&world, &order).await, ("ready".to_owned(), Vec::new()), "it waits for its turn");
    assert_eq!(record(&world, &order).await.shipments[0].outage, None);

    easypost.faults().set_rates(FaultRates::default());
    drive.until_done().await.unwrap();
    assert_eq!(easypost.verifier_said(), 1);
    assert_eq!(
        state(&world, &order).await,
        ("blocked".to_owned(), vec![ExceptionKind::AddressUndeliverable])
    );
    assert_eq!(easypost.labels_bought(), 0, "no label is bought for an address that was not verified");
}
