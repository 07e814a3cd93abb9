//! What the seller chooses for each shop: who receives alarms, what becomes of orders whose buyer wants to cancel, and so on.

mod check;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::customs::Customs;
use crate::ids::ShopId;
use crate::private::Private;
use crate::recipient::Recipient;

/// What becomes of an order whose buyer asks to cancel before it has shipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancellationPolicy {
    /// It stops until the seller has answered.
    #[default]
    Stop,
    Ship,
}

/// How a parcel with TikTok's label gets to the carrier, in the markets that let the seller choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoverMethod {
    /// The carrier collects it, in the first slot that is free.
    Pickup,
    DropOff,
}

/// The settings of a shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub recipients: Vec<Recipient>,
    pub cancellation: CancellationPolicy,
    /// The phone number on labels if a buyer's, or a warehouse's own, can't be dialed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_phone: Option<Private<String>>,
    /// The address of the list of exceptions, to be named in messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_url: Option<String>,
    /// How parcels with TikTok's label are handed over outside the United States; without it as the warehouse is set up at TikTok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handover: Option<HandoverMethod>,
    /// What the seller declares to customs, for destinations that need a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customs: Option<Customs>,
}

/// The settings of all shops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AllSettings {
    /// For every shop without settings of its own.
    pub default: Settings,
    /// For single shops, in place of the default ones.
    pub shops: BTreeMap<ShopId, Settings>,
    /// The shops that may be connected; without a list every shop whose seller has a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_shops: Option<BTreeSet<ShopId>>,
    /// After how many days the personal data of an order is deleted; without it never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_personal_data_days: Option<u16>,
}

/// Why settings can't be used. Values are never shown: most of them are personal data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The text is not JSON, or not of this form. `line` and `column` count from 1.
    #[error("invalid settings at line {line}, column {column}")]
    Unreadable { line: usize, column: usize },
    #[error("{entry}{field} is not {expected}")]
    Invalid {
        /// For example `shops.7495.recipients[0].`; empty for the settings themselves.
        entry: String,
        /// The field that is wrong, for example `phone`.
        field: &'static str,
        expected: &'static str,
    },
}

impl AllSettings {
    /// Reads settings from JSON and checks every field.
    ///
    /// # Errors
    /// With the first place that can't be used.
    pub fn read(json: &str) -> Result<Self, SettingsError> {
        let settings: Self = serde_json::from_str(json)
            .map_err(|error| SettingsError::Unreadable { line: error.line(), column: error.column() })?;
        check::all(&settings)?;
        Ok(settings)
    }

    /// Whether the operator allows the shop.
    pub fn allows(&self, shop: &ShopId) -> bool {
        self.allowed_shops.as_ref().is_none_or(|allowed| allowed.contains(shop))
    }

    /// The settings of a shop.
    pub fn for_shop(&self, shop: &ShopId) -> &Settings {
        self.shops.get(shop).unwrap_or(&self.default)
    }
}
