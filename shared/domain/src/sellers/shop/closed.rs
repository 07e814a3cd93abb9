//! Shops for which nothing is done, whatever their tokens allow, because the operator says so.

use jiff::Timestamp;

use super::{Authorization, Shop};
use crate::exception::ExceptionKind;
use crate::polling::PollState;
use crate::settings::AllSettings;

/// Why nothing is polled, bought or uploaded for a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShopClosed {
    /// One clause, for example "the shop is disconnected".
    pub why: &'static str,
    /// The exception that says so, on the shop and on its waiting orders.
    pub exception: ExceptionKind,
}

const DISCONNECTED: ShopClosed =
    ShopClosed { why: "the shop is disconnected", exception: ExceptionKind::ShopUnauthorized };
const WAITING: ShopClosed = ShopClosed {
    why: "the shop is not on the list of allowed shops",
    exception: ExceptionKind::ShopNotAllowed,
};

impl Shop {
    /// Why nothing may be done for the shop; `None` if that depends on TikTok alone.
    pub fn closed(&self) -> Option<ShopClosed> {
        match self.authorization {
            Authorization::Granted | Authorization::Lost => None,
            Authorization::Waiting => Some(WAITING),
            Authorization::Disconnected => Some(DISCONNECTED),
        }
    }

    /// The operator disconnects the shop.
    pub fn disconnect(&mut self, now: Timestamp) {
        self.authorization = Authorization::Disconnected;
        self.close_exception(ExceptionKind::ShopNotAllowed, now);
        let detail = "The operator disconnected the shop: its orders are not seen, labelled or uploaded.";
        self.open_exception(DISCONNECTED.exception, detail, now);
    }

    /// Applies the operator's list of allowed shops, which is in the settings. A shop that is not on it waits; one that has been
    /// added continues and is polled at once, from the beginning. Returns whether anything changed.
    pub fn apply_allowed_shops(&mut self, settings: &AllSettings, now: Timestamp) -> bool {
        match (self.authorization, settings.allows(&self.id)) {
            (Authorization::Granted, false) => {
                self.authorization = Authorization::Waiting;
                let detail = format!(
                    "Shop {} is connected but not on the list of allowed shops: nothing is done for it.",
                    self.id
                );
                self.open_exception(WAITING.exception, detail, now);
            }
            (Authorization::Waiting, true) => {
                self.authorization = Authorization::Granted;
                self.close_exception(WAITING.exception, now);
                // Its webhooks were dropped meanwhile.
                self.poll = PollState::new(now);
            }
            _ => return false,
        }
        true
    }
}
