//! The services that are sold, with the parameters of the price model.

/// Who accepts PO boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoBox {
    Delivers,
    Refuses,
}

/// How an answer writes the days: the real service is not of one mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Days {
    Whole,
    Fraction,
    Unknown,
}

/// One service of one carrier.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) carrier: &'static str,
    pub(crate) name: &'static str,
    pub(crate) base_cents: u64,
    pub(crate) pound_cents: u64,
    pub(crate) pound_zone_cents: u64,
    /// Days to the nearest zone, and zones per further day (0: always the same).
    pub(crate) days: (u32, u32),
    pub(crate) days_written: Days,
    pub(crate) pounds_max: f64,
    /// The most that length plus girth may be, in inches.
    pub(crate) girth_max: f64,
    pub(crate) po_box: PoBox,
}

#[allow(clippy::too_many_arguments, reason = "a table row")]
const fn row(
    carrier: &'static str,
    name: &'static str,
    base_cents: u64,
    pound_cents: u64,
    pound_zone_cents: u64,
    days: (u32, u32),
    pounds_max: f64,
) -> Service {
    let (days_written, po_box) = match carrier.as_bytes() {
        b"USPS" => (Days::Whole, PoBox::Delivers),
        b"DhlEcs" => (Days::Unknown, PoBox::Delivers),
        b"FedExDefault" => (Days::Fraction, PoBox::Refuses),
        _ => (Days::Whole, PoBox::Refuses),
    };
    let girth_max = match carrier.as_bytes() {
        b"USPS" | b"DhlEcs" => 130.0,
        _ => 165.0,
    };
    Service {
        carrier,
        name,
        base_cents,
        pound_cents,
        pound_zone_cents,
        days,
        days_written,
        pounds_max,
        girth_max,
        po_box,
    }
}

/// Cheap for the light at the post, cheap for the heavy at the others, as in life.
pub(crate) const SERVICES: &[Service] = &[
    row("USPS", "GroundAdvantage", 480, 30, 12, (2, 3), 70.0),
    row("USPS", "Priority", 700, 40, 16, (1, 3), 70.0),
    row("USPS", "Express", 2_900, 60, 40, (1, 8), 70.0),
    row("UPSDAP", "Ground", 850, 15, 5, (1, 2), 150.0),
    row("UPSDAP", "3DaySelect", 1_500, 30, 14, (3, 0), 150.0),
    row("UPSDAP", "2ndDayAir", 1_900, 50, 20, (2, 0), 150.0),
    row("UPSDAP", "NextDayAir", 4_800, 80, 35, (1, 0), 150.0),
    row("FedExDefault", "FEDEX_GROUND", 870, 15, 5, (1, 2), 150.0),
    row("FedExDefault", "GROUND_HOME_DELIVERY", 905, 15, 5, (1, 2), 150.0),
    row("FedExDefault", "FEDEX_2_DAY", 1_960, 48, 20, (2, 0), 150.0),
    row("FedExDefault", "STANDARD_OVERNIGHT", 4_650, 85, 34, (1, 0), 150.0),
    row("DhlEcs", "DHLParcelGround", 430, 35, 12, (3, 2), 25.0),
];
