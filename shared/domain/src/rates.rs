//! Rate choice: rule out quotes, each with its reason, then sort the rest. The decision keeps every candidate.

mod arrival;
mod choice;
mod constraints;
mod dimensional;
mod platform;
mod quote;
mod refused;
mod restrictions;
mod rules;
mod services;
mod ticket;
mod working_days;

pub use arrival::{arrival, first_pickup};
pub use choice::{
    Candidate, ChosenQuote, Decision, Ineligible, NoEligibleRate, RateRequest, Verdict, choose,
};
pub use constraints::PurchaseConstraints;
pub use dimensional::billable_weight;
pub use platform::{PlatformRateRequest, choose_platform};
pub use quote::{CarrierMessage, Quote, Quotes, Silence, SilentAccount};
pub use refused::{RefusalEvent, RefusalStreak, RefusalStreaks, RefusedBy, RefusedLabel};
pub use restrictions::Restriction;
pub use rules::{MaxCost, RateConditions, RateRule, RateRules, ServicePattern, Speed};
pub use services::{Carrier, Service, ServiceFacts, facts, taken_by_any_service};
pub use ticket::Ticket;
pub use working_days::Schedule;
