//! Addresses and their verification.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::core::Core;
use super::errors::ApiError;
use super::{shipment::new_id, states};
use crate::clock;
use crate::lock::locked;
use crate::net::{Answer, Request};

/// An address as EasyPost keeps it.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) id: String,
    at: Timestamp,
    fields: Vec<(&'static str, Option<String>)>,
    verified: Option<Verified>,
}

/// What a verification said.
#[derive(Debug, Clone)]
struct Verified {
    success: bool,
    errors: Vec<Value>,
}

/// What the verification says of a street, whatever the address is; carriers deliver there all the same.
#[derive(Debug, Clone)]
pub(crate) struct VerifierSays {
    pub(crate) street: String,
    pub(crate) success: bool,
    pub(crate) codes: Vec<&'static str>,
    /// How often it was said.
    pub(crate) said: usize,
}

const FIELDS: [&str; 10] =
    ["name", "company", "street1", "street2", "city", "state", "zip", "country", "phone", "email"];

impl Address {
    /// Reads an address; streets and a place are required.
    pub(crate) fn parse(value: &Value, field: &str) -> Result<Self, ApiError> {
        let object = value.as_object().filter(|o| !o.is_empty()).ok_or_else(|| ApiError::required(field))?;
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut address = Self {
            id: new_id("adr"),
            at: clock::now(),
            fields: FIELDS.iter().map(|name| (*name, text(name))).collect(),
            verified: None,
        };
        if address.get("country").is_empty() {
            address.set("country", "US".to_owned());
        }
        match address
            .fields
            .iter()
            .flat_map(|(_, text)| text.iter().flat_map(|text| text.chars()))
            .any(is_picture)
        {
            true => Err(ApiError::refused(
                "ADDRESS.PARAMETERS.INVALID_CHARACTER",
                "Invalid character in an address.",
            )),
            false => Ok(address),
        }
    }

    /// A field, empty when absent.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.and_then(|(_, value)| value.as_deref()).unwrap_or_default()
    }

    fn set(&mut self, name: &str, value: String) {
        if let Some(entry) = self.fields.iter_mut().find(|(field, _)| *field == name) {
            entry.1 = Some(value);
        }
    }

    /// The first field without which nothing can be shipped there.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        ["street1", "city", "state", "zip"].into_iter().find(|name| self.get(name).trim().is_empty())
    }

    pub(crate) fn is_po_box(&self) -> bool {
        let street: String = format!("{} {}", self.get("street1"), self.get("street2"))
            .to_uppercase()
            .replace('.', "")
            .replace("P O BOX", "PO BOX");
        street.contains("PO BOX") || street.contains("POST OFFICE BOX")
    }

    /// The code of the state; empty when there is none.
    pub(crate) fn state_code(&self) -> String {
        states::code(self.get("state")).unwrap_or_default().to_owned()
    }

    /// APO, FPO or DPO.
    pub(crate) fn is_military(&self) -> bool {
        matches!(self.state_code().as_str(), "AA" | "AE" | "AP")
            || matches!(self.get("city").to_uppercase().as_str(), "APO" | "FPO" | "DPO")
    }

    /// Why it is undeliverable; empty when it is deliverable. The rule of this simulator: ZIPs of five
    /// digits that do not begin with 000, a known state, a house number, and no street called Nowhere.
    pub(crate) fn faults(&self) -> Vec<Value> {
        let street = self.get("street1").to_uppercase();
        let zip = self.get("zip");
        let five = zip.split('-').next().unwrap_or_default();
        let zip_ok = five.len() == 5 && five.chars().all(|c| c.is_ascii_digit()) && !five.starts_with("000");
        let us = self.get("country") == "US";
        let known = self.missing().is_none() && !street.contains("NOWHERE");
        let mut faults = Vec::new();
        if !known || us && (!zip_ok || states::code(self.get("state")).is_none()) {
            faults.push(fault("E.ADDRESS.NOT_FOUND", "address", "Address not found"));
        }
        if !street.chars().any(|c| c.is_ascii_digit()) && !street.contains("GENERAL DELIVERY") {
            faults.push(fault("E.HOUSE_NUMBER.MISSING", "street1", "House number is missing"));
        }
        faults
    }

    /// Notes the result of a verification and, when good, brings the address into the post's form.
    pub(crate) fn verify(&mut self) {
        let faults = self.faults();
        if faults.is_empty() {
            let street = format!("{} {}", self.get("street1"), self.get("street2"));
            self.set("street1", street.trim().to_uppercase());
            self.set("street2", String::new());
            for name in ["name", "company", "city"] {
                let upper = self.get(name).to_uppercase();
                if !upper.is_empty() {
                    self.set(name, upper);
                }
            }
            if let Some(code) = states::code(self.get("state")) {
                self.set("state", code.to_owned());
            }
            if self.get("zip").len() == 5 {
                let plus4 =
                    self.get("street1").bytes().fold(1_000_u32, |n, b| (n * 31 + u32::from(b)) % 9_000);
                self.set("zip", format!("{}-{:04}", self.get("zip"), plus4 + 1_000));
            }
        }
        self.verified = Some(Verified { success: faults.is_empty(), errors: faults });
    }

    pub(crate) fn json(&self) -> Value {
        let at = self.at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        let mut json = json!({
            "id": self.id,
            "object": "Address",
            "created_at": at,
            "updated_at": at,
            "mode": "test",
            "carrier_facility": null,
            "residential": null,
            "federal_tax_id": null,
            "state_tax_id": null,
            "verifications": {},
        });
        for (name, value) in &self.fields {
            json[*name] = value.clone().into();
        }
        if let Some(Verified { success: good, errors: faults }) = &self.verified {
            let good = *good;
            if good {
                json["residential"] = (!self.is_po_box()).into();
            }
            let details = if good {
                json!({ "latitude": 39.5, "longitude": -98.35, "time_zone": "America/Chicago" })
            } else {
                json!({})
            };
            json["verifications"] = json!({
                "zip4": { "success": good, "errors": faults, "details": null },
                "delivery": { "success": good, "errors": faults, "details": details },
            });
        }
        json
    }
}

/// What address fields do not take: pictures and what stands among them, control characters, private use.
fn is_picture(c: char) -> bool {
    let sign = matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}');
    sign || c.is_control()
        || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}')
        || c > '\u{FFFF}'
}

fn fault(code: &str, field: &str, message: &str) -> Value {
    json!({ "code": code, "field": field, "message": message, "suggestion": null })
}

/// A flag beside the address or inside it: true, or a list of what to verify.
fn flag(body: &Value, name: &str) -> bool {
    [&body[name], &body["address"][name]].into_iter().any(|value| match value {
        Value::Bool(flag) => *flag,
        Value::Array(list) => !list.is_empty(),
        Value::String(text) => text == "true",
        _ => false,
    })
}

fn store(core: &Core, address: &Address) {
    locked(&core.state).addresses.insert(address.id.clone(), address.clone());
}

fn parse_body(request: &Request) -> Result<(Value, Address), ApiError> {
    let body = request.json().ok_or_else(|| ApiError::invalid("body", "is not a JSON object"))?;
    let address = Address::parse(&body["address"], "address")?;
    Ok((body, address))
}

pub(crate) fn create(core: &Core, request: &Request) -> Result<Answer, ApiError> {
    let (body, mut address) = parse_body(request)?;
    let strict = flag(&body, "verify_strict");
    if strict && !address.faults().is_empty() {
        return Err(ApiError::unverified(address.faults()));
    }
    if strict || flag(&body, "verify") {
        address.verify();
        let street = address.get("street1").to_uppercase();
        let mut state = locked(&core.state);
        if let Some(says) = state.verifier.iter_mut().find(|says| street.contains(&says.street)) {
            says.said += 1;
            let errors = says.codes.iter().map(|code| fault(code, "address", "As the test says")).collect();
            address.verified = Some(Verified { success: says.success, errors });
        }
    }
    store(core, &address);
    Ok(Answer::json(StatusCode::CREATED, &address.json()))
}

pub(crate) fn create_and_verify(core: &Core, request: &Request) -> Result<Answer, ApiError> {
    let (_, address) = parse_body(request)?;
    verified(core, address)
}

pub(crate) fn verify_stored(core: &Core, id: &str) -> Result<Answer, ApiError> {
    let address = locked(&core.state).addresses.get(id).cloned();
    verified(core, address.ok_or_else(|| ApiError::not_found(id))?)
}

fn verified(core: &Core, mut address: Address) -> Result<Answer, ApiError> {
    let faults = address.faults();
    if !faults.is_empty() {
        return Err(ApiError::unverified(faults));
    }
    address.verify();
    store(core, &address);
    Ok(Answer::json(StatusCode::OK, &json!({ "address": address.json() })))
}
