//! Transfers of the ownership.

use super::{Fields, nothing_to_parse, nothing_to_say, timestamp};
use crate::app::organization::{Offered, Transfer};
use crate::domain::MemberId;
use crate::domain::organization::OwnershipTransfer;
use crate::error::Error;
use crate::pb::roster::organization::v1 as pb;

nothing_to_parse!(
    pb::GetOwnershipTransferRequest,
    pb::AcceptOwnershipTransferRequest,
    pb::DeclineOwnershipTransferRequest,
    pb::CancelOwnershipTransferRequest,
);
nothing_to_say!(
    pb::DeclineOwnershipTransferResponse,
    pb::CancelOwnershipTransferResponse,
);

impl TryFrom<pb::TransferOwnershipRequest> for Transfer {
    type Error = Error;
    fn try_from(r: pb::TransferOwnershipRequest) -> Result<Transfer, Error> {
        let mut f = Fields::default();
        let member = f.parse("member_id", &r.member_id);
        f.build(|| {
            Some(Transfer {
                member: member?,
                require_acceptance: r.require_acceptance,
            })
        })
    }
}

impl From<OwnershipTransfer> for pb::OwnershipTransfer {
    fn from(offer: OwnershipTransfer) -> Self {
        Self {
            from_member_id: offer.from.to_string(),
            to_member_id: offer.to.to_string(),
            create_time: Some(timestamp(offer.created_at)),
            expire_time: Some(timestamp(offer.expires_at)),
        }
    }
}

impl From<Offered> for pb::TransferOwnershipResponse {
    fn from(offered: Offered) -> Self {
        Self {
            transfer: offered.map(Into::into),
        }
    }
}

impl From<OwnershipTransfer> for pb::GetOwnershipTransferResponse {
    fn from(offer: OwnershipTransfer) -> Self {
        Self {
            transfer: Some(offer.into()),
        }
    }
}

impl From<MemberId> for pb::AcceptOwnershipTransferResponse {
    fn from(former: MemberId) -> Self {
        Self {
            former_owner_member_id: former.to_string(),
        }
    }
}
