//! Places that only the postal service reaches, recognized by how their address is written.
//!
//! Sources: USPS Publication 28, Postal Addressing Standards: 24 (rural routes, and `RD`, `RFD` for them), 25 (highway
//! contract routes, and `STAR ROUTE` for them), 26 (general delivery), 28 (post office boxes; 283: `CALLER`,
//! `FIRM CALLER`, `BIN`, `LOCKBOX` and `DRAWER` mean a box) and 225/29 (`PSC`, `CMR`, `UNIT` with a box, and
//! `APO`, `FPO`, `DPO` with `AA`, `AE`, `AP`). A private mailbox (284, `PMB 12` or `#12` after a street) is not such a
//! place: every carrier delivers to its street.
//!
//! **Rural and highway routes.** UPS and FedEx deliver along such routes, but to street addresses. A route and a box number
//! only say where the mailbox is on a letter carrier's route, so they count as postal unless the address also names a street.
//! A postal label to a place that others reach too costs a little more; a parcel that nobody can deliver comes back.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Address, Place};

/// How certain it is that a form means such a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PlaceCertainty {
    /// Wherever it is in a line, whatever else the address says.
    Anywhere,
    /// If a line, or a part of it, begins with it.
    AtStart,
    /// The same, as long as the address names no street.
    WithoutStreet,
}

use PlaceCertainty::{Anywhere, AtStart, WithoutStreet};

/// Forms by their words, a longer one before its own beginning; `#` stands for a number or a single letter.
#[rustfmt::skip]
const FORMS: &[(&str, Place, PlaceCertainty)] = &[
    ("apo aa", Place::Military, Anywhere), ("apo ae", Place::Military, Anywhere), ("apo ap", Place::Military, Anywhere),
    ("fpo aa", Place::Military, Anywhere), ("fpo ae", Place::Military, Anywhere), ("fpo ap", Place::Military, Anywhere),
    ("dpo aa", Place::Military, Anywhere), ("dpo ae", Place::Military, Anywhere), ("dpo ap", Place::Military, Anywhere),
    ("psc # box #", Place::Military, AtStart),
    ("cmr # box #", Place::Military, AtStart),
    ("unit # box #", Place::Military, WithoutStreet),

    ("general delivery", Place::GeneralDelivery, AtStart),
    ("gen delivery", Place::GeneralDelivery, AtStart),
    ("general del", Place::GeneralDelivery, AtStart),
    ("gen del", Place::GeneralDelivery, AtStart),
    ("poste restante", Place::GeneralDelivery, AtStart),
    ("lista de correos", Place::GeneralDelivery, AtStart),
    ("postlagernd", Place::GeneralDelivery, AtStart),
    ("fermo posta", Place::GeneralDelivery, AtStart),

    ("po box", Place::PoBox, Anywhere), ("p o box", Place::PoBox, Anywhere), ("pobox", Place::PoBox, Anywhere),
    ("p 0 box", Place::PoBox, Anywhere), ("p obox", Place::PoBox, Anywhere),
    ("post office box", Place::PoBox, Anywhere), ("postal box", Place::PoBox, Anywhere),
    ("post box #", Place::PoBox, AtStart), ("postbox #", Place::PoBox, AtStart),
    ("gpo box #", Place::PoBox, AtStart), ("locked bag #", Place::PoBox, AtStart), ("private bag #", Place::PoBox, AtStart),
    ("po drawer", Place::PoBox, AtStart), ("p o drawer", Place::PoBox, AtStart),
    ("post office drawer", Place::PoBox, AtStart),
    ("po bin", Place::PoBox, AtStart), ("p o bin", Place::PoBox, AtStart),
    ("po lockbox", Place::PoBox, AtStart), ("p o lockbox", Place::PoBox, AtStart),
    ("po caller", Place::PoBox, AtStart), ("p o caller", Place::PoBox, AtStart),
    ("pob #", Place::PoBox, AtStart), ("p o b #", Place::PoBox, AtStart),
    ("po #", Place::PoBox, WithoutStreet), ("p o #", Place::PoBox, WithoutStreet),
    ("firm caller #", Place::PoBox, WithoutStreet), ("caller service #", Place::PoBox, WithoutStreet),
    ("caller box #", Place::PoBox, WithoutStreet), ("caller no #", Place::PoBox, WithoutStreet),
    ("caller #", Place::PoBox, WithoutStreet), ("call box #", Place::PoBox, WithoutStreet),
    ("lock box #", Place::PoBox, WithoutStreet), ("lockbox #", Place::PoBox, WithoutStreet),
    ("lock drawer #", Place::PoBox, WithoutStreet),
    ("drawer #", Place::PoBox, WithoutStreet), ("bin #", Place::PoBox, WithoutStreet),

    ("apartado postal", Place::PoBox, AtStart), ("apdo postal", Place::PoBox, AtStart),
    ("apartado de correos", Place::PoBox, AtStart), ("apdo de correos", Place::PoBox, AtStart),
    ("apartado #", Place::PoBox, AtStart), ("apdo #", Place::PoBox, AtStart), ("aptdo #", Place::PoBox, AtStart),
    ("casilla postal", Place::PoBox, AtStart), ("casilla de correo", Place::PoBox, AtStart),
    ("casilla #", Place::PoBox, WithoutStreet),
    ("postfach", Place::PoBox, AtStart), ("boite postale", Place::PoBox, AtStart), ("case postale", Place::PoBox, AtStart),
    ("bp #", Place::PoBox, WithoutStreet), ("casella postale", Place::PoBox, AtStart),
    ("caixa postal", Place::PoBox, AtStart), ("postbus #", Place::PoBox, AtStart), ("postboks #", Place::PoBox, AtStart),
    ("skrytka pocztowa", Place::PoBox, AtStart), ("peti surat #", Place::PoBox, AtStart),
    ("kotak pos #", Place::PoBox, AtStart),

    ("rural route # box #", Place::PostalRoute, WithoutStreet), ("rural route #", Place::PostalRoute, WithoutStreet),
    ("rural rte # box #", Place::PostalRoute, WithoutStreet), ("rural rte #", Place::PostalRoute, WithoutStreet),
    ("rural rt # box #", Place::PostalRoute, WithoutStreet), ("rural rt #", Place::PostalRoute, WithoutStreet),
    ("rr # box #", Place::PostalRoute, WithoutStreet), ("rr #", Place::PostalRoute, WithoutStreet),
    ("r r # box #", Place::PostalRoute, WithoutStreet), ("r r #", Place::PostalRoute, WithoutStreet),
    ("rfd route # box #", Place::PostalRoute, WithoutStreet), ("rfd route #", Place::PostalRoute, WithoutStreet),
    ("rfd # box #", Place::PostalRoute, WithoutStreet), ("rfd #", Place::PostalRoute, WithoutStreet),
    ("rfd box #", Place::PostalRoute, WithoutStreet), ("rural route box #", Place::PostalRoute, WithoutStreet),
    // A number after these alone may be a road's: Route 66, RD 9.
    ("rd # box #", Place::PostalRoute, WithoutStreet), ("rt # box #", Place::PostalRoute, WithoutStreet),
    ("rte # box #", Place::PostalRoute, WithoutStreet), ("route # box #", Place::PostalRoute, WithoutStreet),
    ("highway contract route # box #", Place::PostalRoute, WithoutStreet),
    ("highway contract route #", Place::PostalRoute, WithoutStreet),
    ("highway contract # box #", Place::PostalRoute, WithoutStreet),
    ("highway contract #", Place::PostalRoute, WithoutStreet),
    ("hwy contract # box #", Place::PostalRoute, WithoutStreet), ("hwy contract #", Place::PostalRoute, WithoutStreet),
    ("hc route # box #", Place::PostalRoute, WithoutStreet), ("hc route #", Place::PostalRoute, WithoutStreet),
    ("hc # box #", Place::PostalRoute, WithoutStreet), ("hc #", Place::PostalRoute, WithoutStreet),
    ("hcr # box #", Place::PostalRoute, WithoutStreet), ("hcr #", Place::PostalRoute, WithoutStreet),
    ("star route # box #", Place::PostalRoute, WithoutStreet), ("star route #", Place::PostalRoute, WithoutStreet),
    ("star rte # box #", Place::PostalRoute, WithoutStreet), ("star rte #", Place::PostalRoute, WithoutStreet),
    ("star route box #", Place::PostalRoute, WithoutStreet),

    // Without anything else, it is a box at a post office.
    ("box #", Place::PoBox, WithoutStreet),
];

/// Words that end the name of a street: `PO Box Lane`, `General Delivery Road`, `RR 2 Ranch Road`.
#[rustfmt::skip]
const STREETS: [&str; 50] = [
    "street", "st", "road", "rd", "lane", "ln", "drive", "dr", "avenue", "ave", "av", "court", "ct", "way", "blvd",
    "boulevard", "place", "pl", "circle", "cir", "terrace", "ter", "trail", "trl", "loop", "highway", "hwy", "parkway",
    "pkwy", "square", "sq", "path", "row", "run", "cove", "crescent", "close", "alley", "aly", "plaza", "pike", "tpke",
    "turnpike", "expy", "fwy", "ridge", "calle", "avenida", "strasse", "rue",
];

/// The place, if the lines say that only the postal service or the military post delivers there; `None` for any other. The
/// company line counts only if it says nothing else, because a company may be named after a box.
pub(super) fn place(address: &Address) -> Option<Place> {
    let lines = Lines::of(&[&address.street1, &address.street2]);
    let company = address.company.as_deref().map(|company| Lines::of(&[company]));
    let found = FORMS
        .iter()
        .find_map(|form| lines.hold(form).then_some(form.1))
        .or_else(|| company.as_ref().and_then(Lines::hold_only));
    // In other countries the letters of a military place mean something else.
    let united_states = address.country.trim().eq_ignore_ascii_case("US");
    found.filter(|place| *place != Place::Military || united_states)
}

/// The words of an address, and the parts that they belong to, separated by commas and line ends.
struct Lines {
    words: Vec<String>,
    parts: Vec<Range<usize>>,
}

impl Lines {
    fn of(lines: &[&str]) -> Self {
        let (mut words, mut parts) = (Vec::new(), Vec::new());
        for part in lines.iter().flat_map(|line| line.split([',', ';', '\n'])) {
            let start = words.len();
            words.extend(words_of(part));
            if words.len() > start {
                parts.push(start..words.len());
            }
        }
        Self { words, parts }
    }

    /// True if the lines contain the form and do not mean a street of that name. A form may continue in the next part:
    /// `RR 2, Box 18`.
    fn hold(&self, (form, _, certainty): &(&str, Place, PlaceCertainty)) -> bool {
        let anywhere = *certainty == Anywhere;
        let starts =
            self.parts.iter().flat_map(|part| part.clone().take(if anywhere { usize::MAX } else { 1 }));
        for start in starts {
            let Some(length) = matched(form, &self.words[start..]) else { continue };
            let end = start + length;
            let part_end = self.parts.iter().map(|part| part.end).find(|at| *at >= end).unwrap_or(end);
            let rest = &self.words[end..part_end];
            let means_street = match certainty {
                Anywhere | AtStart => begins_with_street_word(rest),
                WithoutStreet => {
                    let mut others =
                        self.parts.iter().filter(|part| part.end <= start || part.start >= part_end);
                    rest.iter().any(|word| is_street_word(word))
                        || others.any(|part| is_street(&self.words[part.clone()]))
                }
            };
            if !means_street {
                return true;
            }
        }
        false
    }

    /// The place of lines that hold a form and nothing else.
    fn hold_only(&self) -> Option<Place> {
        FORMS.iter().find_map(|(form, place, _)| {
            let end = matched(form, &self.words)?;
            let end = end + number(&self.words[end..]).unwrap_or(0);
            (end == self.words.len()).then_some(*place)
        })
    }
}

/// `PO Box Lane`, but not `General Delivery St Louis`.
fn begins_with_street_word(rest: &[String]) -> bool {
    match rest {
        [first, second, ..] if first == "st" => is_number(second),
        [first, ..] => is_street_word(first),
        [] => false,
    }
}

fn is_street_word(word: &str) -> bool {
    STREETS.contains(&word)
}

/// A house number before a name, or a word that streets are called by.
fn is_street(part: &[String]) -> bool {
    let numbered = part.first().is_some_and(|word| is_number(word));
    let named = part.iter().skip(1).any(|word| word.len() > 1 && !is_number(word));
    numbered && named || part.iter().any(|word| is_street_word(word))
}

/// How many of the words the form takes, when they begin with it.
fn matched(form: &str, words: &[String]) -> Option<usize> {
    let mut taken = 0;
    for wanted in form.split(' ') {
        taken += match wanted {
            "#" => number(&words[taken..])?,
            wanted => (words.get(taken)? == wanted).then_some(1)?,
        };
    }
    Some(taken)
}

/// How many words a number takes: `12`, `No. 12`, `87A`, `12-34`, `L`.
fn number(words: &[String]) -> Option<usize> {
    let named =
        usize::from(words.first().is_some_and(|word| matches!(word.as_str(), "no" | "num" | "number")));
    let is_part = |word: &&String| is_number(word) || word.len() == 1;
    let taken = words[named..].iter().take_while(is_part).count();
    (taken > 0).then_some(named + taken)
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Words in small letters without accents, letters and digits apart (`POBOX12`). A full stop joins (`P.O.`), everything
/// else that is neither letter nor digit parts.
fn words_of(part: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for c in part.nfkd().flat_map(char::to_lowercase).filter(|c| *c != '.' && !is_combining_mark(*c)) {
        let kind = (c.is_alphabetic() || c.is_ascii_digit()).then(|| c.is_ascii_digit());
        if kind.is_some() {
            match words.last_mut() {
                Some(word) if kind == before => word.push(c),
                _ => words.push(c.into()),
            }
        }
        before = kind;
    }
    words
}
