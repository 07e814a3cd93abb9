//! What the seller chooses, a shop: who is told of alarms, and what becomes of an order that its buyer wants to cancel.

mod check;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::customs::Customs;
use crate::ids::ShopId;
use crate::private::Private;
use crate::recipient::Recipient;

/// What becomes of a parcel whose buyer asks to cancel before it is shipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancellationPolicy {
    /// It stops until the seller has answered.
    #[default]
    Stop,
    /// It is shipped all the same.
    Ship,
}

/// The settings of a shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Who is told of alarms.
    pub recipients: Vec<Recipient>,
    /// What becomes of orders that are to be cancelled.
    pub cancellation: CancellationPolicy,
    /// The number on labels where a buyer's, or a warehouse's own, can't be dialled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_phone: Option<Private<String>>,
    /// Where the list of orders in outage is shown, to be named in messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_url: Option<String>,
    /// What the seller declares to customs, for the places that need a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customs: Option<Customs>,
}

/// The settings of all shops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AllSettings {
    /// Of every shop that has none of its own.
    pub default: Settings,
    /// Of single shops, in place of the default ones.
    pub shops: BTreeMap<ShopId, Settings>,
    /// The shops that may be connected; without a list every shop whose seller was given a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_shops: Option<BTreeSet<ShopId>>,
    /// After how many days the personal data of an order is forgotten; without it never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_personal_data_days: Option<u16>,
}

/// Why settings can't be used. No value is shown: most of them are personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The text is not JSON, or not of this form.
    #[error("their JSON does not fit at line {line}, column {column}")]
    Unreadable {
        /// The line, counted from 1.
        line: usize,
        /// The column, counted from 1.
        column: usize,
    },
    /// A field holds something else than is expected.
    #[error("{entry}{field} is not {expected}")]
    Invalid {
        /// The entry, for example `shops.7495.recipients[0].`; empty for the settings themselves.
        entry: String,
        /// Its field, for example `phone`.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
    },
}

impl AllSettings {
    /// Reads settings from JSON, and looks at every field.
    ///
    /// # Errors
    /// With the first place that can't be used.
    pub fn read(json: &str) -> Result<Self, SettingsError> {
        let settings: Self = serde_json::from_str(json)
            .map_err(|error| SettingsError::Unreadable { line: error.line(), column: error.column() })?;
        check::all(&settings)?;
        Ok(settings)
    }

    /// Whether the operator lets the shop be worked for.
    pub fn allows(&self, shop: &ShopId) -> bool {
        self.allowed_shops.as_ref().is_none_or(|allowed| allowed.contains(shop))
    }

    /// The settings of a shop.
    pub fn for_shop(&self, shop: &ShopId) -> &Settings {
        self.shops.get(shop).unwrap_or(&self.default)
    }
}
