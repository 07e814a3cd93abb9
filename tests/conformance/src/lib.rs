//! What every connector must hold.
//!
//! The properties are in `tests/conformance`, and know no connector: each is run with the simulated account of every connector
//! ([`SimulatedAccount`]), over real sockets. A new connector adds its account here and one line to
//! [`on_every_connector`].
//!
//! **Invariant, looked at after each property:** for one parcel at most one label is paid at the simulator.
#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod account;
mod easypost;
mod parcel;

pub use account::{ApiCall, PaidLabel, SimulatedAccount};
pub use easypost::EasyPostAccount;
pub use parcel::{PATIENCE, TestParcel, part, soon};

/// Makes a test of each of these properties with every connector: functions of this module that take a
/// [`SimulatedAccount`].
#[macro_export]
macro_rules! on_every_connector {
    ($($property:ident),+ $(,)?) => {
        $crate::on_every_connector!(@ easypost, EasyPostAccount, $($property),+);
    };
    (@ $connector:ident, $account:ident, $($property:ident),+) => {
        mod $connector {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $property() {
                    let account = $crate::$account::start().await;
                    super::$property(&account).await;
                    $crate::SimulatedAccount::assert_nothing_bought_twice(&account);
                }
            )+
        }
    };
}
