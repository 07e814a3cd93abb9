//! Every event in every stage.

use domain::stage::{Event, LabelFileState, Stage};

use crate::support::{events, label, name, stages};

/// What each stage becomes by each event that is legal in it; every other pair is illegal.
const LEGAL: [(&str, &[(&str, &str)]); 17] = [
    ("held", BEFORE),
    ("ready", READY),
    ("rated", RATED),
    (
        "buying",
        &[
            ("label_pending", "label_pending"),
            ("label", "labelled"),
            ("purchase_failed", "ready"),
            ("block", "blocked"),
            ("cancel", "buying to void"),
            ("shipped_elsewhere", "buying to void"),
        ],
    ),
    (
        "buying to void",
        &[
            ("label_pending", "cancelled"),
            ("label", "voiding"),
            ("purchase_failed", "cancelled"),
            ("block", "cancelled"),
            ("cancel", "buying to void"),
            ("shipped_elsewhere", "buying to void"),
        ],
    ),
    (
        "label_pending",
        &[("label", "labelled"), ("cancel", "cancelled"), ("shipped_elsewhere", "shipped_elsewhere")],
    ),
    (
        "labelled",
        &[
            ("keep_file", "labelled"),
            ("upload", "uploaded"),
            ("block", "blocked with label"),
            ("cancel", "voiding"),
        ],
    ),
    (
        "uploaded",
        &[("keep_file", "uploaded"), ("scan", "scanned"), ("deliver", "delivered"), ("cancel", "voiding")],
    ),
    ("scanned", &[("keep_file", "scanned"), ("scan", "scanned"), ("deliver", "delivered")]),
    ("delivered", &[("keep_file", "delivered"), ("scan", "delivered"), ("deliver", "delivered")]),
    (
        "blocked",
        &[
            ("release", "ready"),
            ("adopt", "label_pending"),
            ("block", "blocked"),
            ("cancel", "cancelled"),
            ("shipped_elsewhere", "shipped_elsewhere"),
        ],
    ),
    (
        "blocked with label",
        &[
            ("release", "labelled"),
            ("keep_file", "blocked with label"),
            ("upload", "uploaded"),
            ("block", "blocked with label"),
            ("cancel", "voiding"),
        ],
    ),
    ("voiding", &[("voided", "cancelled with label"), ("cancel", "voiding")]),
    ("cancelled", &[("cancel", "cancelled")]),
    (
        "cancelled, refund under way",
        &[("cancel", "cancelled, refund under way"), ("refund", "cancelled with label")],
    ),
    ("cancelled with label", &[("cancel", "cancelled with label")]),
    ("shipped_elsewhere", &[("shipped_elsewhere", "shipped_elsewhere")]),
];

/// Before a purchase everything is open.
const BEFORE: &[(&str, &str)] = &[
    ("hold", "held"),
    ("release", "ready"),
    ("adopt", "label_pending"),
    ("block", "blocked"),
    ("cancel", "cancelled"),
    ("shipped_elsewhere", "shipped_elsewhere"),
];
const READY: &[(&str, &str)] = &[
    ("hold", "held"),
    ("release", "ready"),
    ("rate", "rated"),
    ("adopt", "label_pending"),
    ("block", "blocked"),
    ("cancel", "cancelled"),
    ("shipped_elsewhere", "shipped_elsewhere"),
];
const RATED: &[(&str, &str)] = &[
    ("hold", "held"),
    ("release", "ready"),
    ("buy", "buying"),
    ("adopt", "label_pending"),
    ("block", "blocked"),
    ("cancel", "cancelled"),
    ("shipped_elsewhere", "shipped_elsewhere"),
];

fn expected(stage: &str, event: &str) -> Option<&'static str> {
    let (_, legal) = LEGAL.iter().find(|(name, _)| *name == stage).unwrap();
    legal.iter().find(|(name, _)| *name == event).map(|(_, next)| *next)
}

#[test]
fn every_event_in_every_stage() {
    for stage in stages() {
        for event in events() {
            let pair = format!("{} in {}", event.name(), name(&stage));
            let got = stage.clone().after(event.clone());
            assert_eq!(got.as_ref().ok().map(name), expected(name(&stage), event.name()), "{pair}");
            if let Err(illegal) = got {
                assert_eq!((illegal.event, illegal.stage), (event.name(), stage.name()), "{pair}");
            }
        }
    }
}

#[test]
fn the_table_names_every_stage_and_no_event_that_is_none() {
    let names: Vec<_> = events().iter().map(Event::name).collect();
    assert_eq!(names.len(), 17);
    for (stage, legal) in LEGAL {
        assert!(stages().iter().any(|known| name(known) == stage), "{stage}");
        for (event, _) in legal {
            assert!(names.contains(event), "{event}");
        }
    }
}

#[test]
fn a_label_that_is_paid_for_is_never_forgotten() {
    for stage in stages().into_iter().filter(|stage| stage.label().is_some()) {
        for event in events() {
            let pair = format!("{} in {}", event.name(), name(&stage));
            let Ok(next) = stage.clone().after(event) else { continue };
            assert_eq!(next.label().map(|label| &label.tracking), Some(&label().tracking), "{pair}");
        }
    }
}

#[test]
fn what_is_said_again_changes_nothing() {
    let again = ["hold", "release", "cancel", "scan", "deliver", "shipped_elsewhere", "keep_file", "block"];
    for stage in stages() {
        for event in events().into_iter().filter(|event| again.contains(&event.name())) {
            let pair = format!("{} twice in {}", event.name(), name(&stage));
            let Ok(once) = stage.clone().after(event.clone()) else { continue };
            // A person's retry takes a blocked shipment to its label, and a cancelled purchase ends.
            if let (Stage::Blocked { label: Some(_), .. }, Event::Release)
            | (Stage::Buying { .. }, Event::Block { .. }) = (&stage, &event)
            {
                continue;
            }
            assert_eq!(once.clone().after(event), Ok(once), "{pair}");
        }
    }
}

#[test]
fn a_step_of_ours_is_not_taken_twice() {
    for stage in stages() {
        for event in events() {
            if !["rate", "buy", "label_pending", "adopt", "label", "upload", "voided", "purchase_failed"]
                .contains(&event.name())
            {
                continue;
            }
            let Ok(once) = stage.clone().after(event.clone()) else { continue };
            assert!(once.after(event.clone()).is_err(), "{} in {}", event.name(), name(&stage));
        }
    }
}

#[test]
fn the_file_is_kept_without_a_move() {
    let kept = Stage::Labelled { label: label() }.after(Event::KeepFile { name: "5770-1.pdf".into() });
    let file = LabelFileState::Kept { name: "5770-1.pdf".into() };
    assert_eq!(kept, Ok(Stage::Labelled { label: domain::stage::Label { file, ..label() } }));
}
