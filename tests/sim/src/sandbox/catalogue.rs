//! The sandbox's shop and what it sells.

use crate::tiktok::{ProductSpec, Region, SellerType, ShopSpec, WarehouseSpec};

pub(crate) const MUG: &str = "1729592000000000101";
pub(crate) const NOTEBOOK: &str = "1729592000000000102";
pub(crate) const LAMP: &str = "1729592000000000103";
pub(crate) const KETTLEBELL: &str = "1729592000000000104";
pub(crate) const BENCH: &str = "1729592000000000105";
pub(crate) const MYSTERY: &str = "1729592000000000106";

/// The `n`-th of several shops like `shop`, which is the first.
pub(crate) fn branch(shop: &ShopSpec, n: usize) -> ShopSpec {
    let mut branch = shop.clone();
    if n > 0 {
        branch.id = format!("7495551200000001{n:03}");
        branch.cipher = format!("{}B{n}", shop.cipher);
        branch.code = format!("{}B{n}", shop.code);
        branch.name = format!("{} {n}", shop.name);
    }
    branch
}

pub(crate) fn shop(region: Region, seller: SellerType) -> ShopSpec {
    ShopSpec {
        id: "7495551200000000001".to_owned(),
        cipher: format!("TTP_sandboxCipher{}0001", region.code()),
        code: format!("{}LCSANDBOX1", region.code()),
        name: "Sandbox Supply Co.".to_owned(),
        region,
        seller,
        warehouses: vec![WarehouseSpec::sample()],
        products: vec![
            ProductSpec::new(MUG, "Stoneware mug", 1_800).packed("1.1", ["6", "5", "5"]),
            ProductSpec::new(NOTEBOOK, "Dotted notebook", 1_250).packed("0.6", ["9", "6", "1"]),
            ProductSpec::new(LAMP, "Desk lamp", 4_200).packed("3.4", ["14", "8", "7"]),
            ProductSpec::new(KETTLEBELL, "Kettlebell", 6_900).packed("36", ["12", "9", "9"]),
            ProductSpec::new(BENCH, "Folding bench", 12_900).packed("54.5", ["30", "14", "8"]),
            ProductSpec::new(MYSTERY, "Unweighed curiosity", 2_300),
        ],
    }
}
