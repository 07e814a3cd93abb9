//! A connected shop.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::ids::{ShopId, WarehouseId};
use crate::market::Market;
use crate::polling::PollState;
use crate::private::Private;

/// Where the seller's business is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerType {
    /// In the market in which it sells (`LOCAL`).
    Local,
    /// In another country (`CROSS_BORDER`).
    CrossBorder,
}

/// Whether we may act for the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// We may.
    Granted,
    /// The seller has to connect the shop again: the authorisation was withdrawn, ran out, or lacks a scope.
    Lost,
}

/// A warehouse of the shop at TikTok: where its parcels are sent from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warehouse {
    /// The warehouse.
    pub id: WarehouseId,
    /// The address on the label.
    pub address: Address,
    /// Taken when an order names no warehouse.
    pub is_default: bool,
}

/// A shop that a seller connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shop {
    /// The shop.
    pub id: ShopId,
    /// Its name.
    pub name: String,
    /// Where it sells.
    pub market: Market,
    /// Where the seller is.
    pub seller: SellerType,
    /// `shop_cipher`, which every call for this shop carries.
    pub cipher: Private<String>,
    /// The seller whose tokens serve this shop (`open_id` of the token answer); one seller may have several shops.
    pub account: String,
    /// Whether we may act for it.
    pub authorization: Authorization,
    /// Its warehouses.
    pub warehouses: Vec<Warehouse>,
    /// When the warehouses were read.
    pub warehouses_read_at: Timestamp,
    /// When it was connected.
    pub connected_at: Timestamp,
    /// Where polling stands.
    pub poll: PollState,
}

impl Shop {
    /// The warehouse named by an order, or the default one.
    pub fn warehouse(&self, id: Option<&WarehouseId>) -> Option<&Warehouse> {
        match id {
            Some(id) => self.warehouses.iter().find(|warehouse| warehouse.id == *id),
            None => self.warehouses.iter().find(|w| w.is_default).or(self.warehouses.first()),
        }
    }
}
