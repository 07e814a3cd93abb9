//! Mixed orders from a seed.

use std::time::Duration;

use fastrand::Rng;

use super::catalogue::{BENCH, KETTLEBELL, LAMP, MUG, MYSTERY, NOTEBOOK};
use super::{Kind, buyers};
use crate::tiktok::{Action, CancelledBy, DeliveryOption, LineSpec, OrderSpec, OrderStatus, Step, When};

/// An order and its kind.
#[derive(Debug, Clone)]
pub struct SandboxOrder {
    pub kind: Kind,
    pub spec: OrderSpec,
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// `n` orders: each kind once in the first ten, then mostly light ones with every kind again in
/// every thirty.
pub fn orders(n: usize, seed: u64) -> Vec<SandboxOrder> {
    let mut rng = Rng::with_seed(seed);
    (0..n)
        .map(|place| {
            let kind = kind_at(place);
            SandboxOrder { kind, spec: spec(kind, place, &mut rng) }
        })
        .collect()
}

fn kind_at(place: usize) -> Kind {
    if place < Kind::ALL.len() {
        return Kind::ALL[place];
    }
    if place.is_multiple_of(3) { Kind::ALL[place / 3 % Kind::ALL.len()] } else { Kind::Light }
}

fn spec(kind: Kind, place: usize, rng: &mut Rng) -> OrderSpec {
    let product = match kind {
        Kind::Heavy => [KETTLEBELL, BENCH][rng.usize(..2)],
        Kind::UnknownWeight => MYSTERY,
        _ => [MUG, NOTEBOOK, LAMP][rng.usize(..3)],
    };
    let paid_ago = Duration::from_secs(rng.u64(3_700..12 * 3600));
    let mut spec = OrderSpec {
        recipient: buyers::recipient(rng, place),
        buyer_email: buyers::email(rng),
        created_ago: paid_ago + Duration::from_secs(60),
        paid_ago,
        ..OrderSpec::new(product)
    };
    match kind {
        Kind::Light | Kind::Heavy | Kind::UnknownWeight => {}
        Kind::Expedited => spec.delivery = DeliveryOption::express(3 * DAY),
        Kind::PoBox => {
            spec.recipient.line1 = format!("PO Box {}", 1_000 + place);
            spec.recipient.line2 = String::new();
        }
        Kind::MultiItem => {
            let line = |id: &str, quantity| LineSpec { product_id: id.to_owned(), quantity };
            spec.lines = vec![line(MUG, 2), line(NOTEBOOK, rng.u32(1..4))];
        }
        Kind::OnHoldThenReleased => {
            spec.status = OrderStatus::OnHold;
            spec.created_ago = HOUR;
            spec.paid_ago = HOUR - Duration::from_secs(2);
            spec.script = after(When::After(Duration::from_secs(2)), Action::ReleaseHold);
        }
        Kind::PaidAnHourAgo => spec.is_on_hold_order = false,
        Kind::CancelledInQueue => {
            let soon = When::AfterFirstRead(Duration::from_millis(rng.u64(5..60)));
            spec.script = after(soon, Action::Cancel(CancelledBy::Buyer));
        }
        // The address is consistent: only the carrier knows that there is no such street.
        Kind::BadAddress => spec.recipient.line1 = format!("{} Nowhere Fens Rd", 1_000 + place),
    }
    spec
}

fn after(when: When, action: Action) -> Vec<Step> {
    vec![Step { when, action }]
}
