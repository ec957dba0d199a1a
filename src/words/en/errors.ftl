# What an error says. The ids are the reasons of the contract in kebab-case: an id never changes, its text may.
# Each says what is wrong, with what, and what to do next. Variables are the error's own values and are never secrets.

credential-invalid = The credential is missing, wrong or has expired. Log in again or send a valid access token.
permission-missing = The permission { $permission } is needed for this. Ask the owner or an administrator for one of these roles: { $roles }.
rights-exceed-yours = You can’t give rights that you don’t hold yourself: { $permissions }. Leave them out, or ask somebody who holds them.
target-outranks-you = This member holds rights that you don’t: { $permissions }. Ask somebody who holds them too, such as the owner.
no-organization = The credential speaks for no organization. Choose one with SwitchOrganization, or name it when you log in.
fresh-login-required = This needs a recent log-in. Log in again, then send the request again with the new access token.
invitation-for-another-address = This invitation was sent to another e-mail address. Log in with the invited address, or ask for a new invitation to yours.
not-found = There is no { kind-word } { $id } that you can see. Check the id and the organization that you are working in.
input-invalid = Some of the input isn’t valid: { $fields }. Correct these fields and send the request again.
already-member = { $email } is already on the member list of this organization. Change the existing entry instead of adding another.
slug-taken = The short name { $slug } belongs to another organization. Choose a different one.
name-taken = There is a { kind-word } { $name } already, or one that is written so much alike that people would mix them up. Choose a different name.
email-taken = The address { $email } belongs to another account. Use a different address, or log in to that account.
request-id-reused = The request_id { $request_id } was already used for a different request. Send a new one with each new request, and the same one only to repeat a request unchanged.
etag-mismatch = Somebody has changed this since you read it. Read it again, check your change against it, and send it with the new etag.
contention = Other requests were changing the same thing, and this one gave way: nothing was changed. Send it again, with the same request_id.
state-forbids = “{ event-word }” isn’t possible while the state is “{ state-word }”. GetMemberActions says what is.
owner-protected = The owner can’t be removed, suspended, revoked or demoted, and can’t leave. Transfer the ownership to somebody else first.
api-user-protected = This member is the API user of the organization and can’t be removed. Choose another API user first.
owner-role-moves-by-transfer = The owner’s role can’t be given or taken like other roles. Use TransferOwnership.
acting-on-yourself = You can’t do this to yourself. Ask another administrator, or use LeaveOrganization to leave.
seats-exhausted = All seats are taken: { $used } of { $limit }. Free a seat by removing or revoking somebody or cancelling an invitation, or buy more seats.
limit-reached = There are as many as there may be here ({ kind-word }: { $limit }). Take one away first.
too-many-attempts = There were too many attempts. Wait { wait-words } and try again.
too-busy = The server is too busy just now. Wait { wait-words } and send the request again.
message-too-large = The message is larger than { $limit } bytes. Send less in one request, for example in several parts.
sign-up-closed = Sign-up is closed here. Ask an administrator of your organization for an invitation.
email-unverified = The e-mail address hasn’t been verified yet. Enter the code from the mail that was sent to it, or ask for a new one with ResendVerification.
password-wrong = The current password isn’t right. Try again, or ask for a password reset.
temporary-password-expired = The temporary password has expired. Ask an administrator for a new one, or reset your password.
temporary-password-not-allowed = This deployment makes temporary passwords itself, and takes none that somebody typed. Leave the password out.
permission-not-grantable = { $permission } comes with a role only, and can’t be given beyond one. Give a role that has it.
invitation-ended = This invitation can’t be used any more; its state is “{ state-word }”. Ask the organization for a new one.
inviter-lost-rights = Whoever sent this invitation no longer has the rights it would give. Ask the organization for a new one.
sign-in-to-accept = The invited address already has an account. Log in with it, then accept the invitation.
code-invalid =
    The code is wrong or has expired. { $attempts_left ->
        [0] Ask for a new one.
        [one] You have one attempt left; after that, ask for a new one.
       *[other] You have { $attempts_left } attempts left; after that, ask for a new one.
    }
user-disabled = This account is disabled. Ask whoever runs this service to enable it.
deadline-exceeded = The request took longer than its deadline allows. Send it again with the same request_id and a longer deadline.
unavailable = Something that the server depends on can’t be reached just now. Wait { wait-words } and send the request again with the same request_id.
internal = Something went wrong on our side. Please report it with this request id: { $request_id }.
method-unknown = There is no method { $method } here. Check its name and the version of your client; server reflection lists the methods there are.

# Words used inside the messages above. An unknown value is shown as it is.

kind-word =
    { $kind ->
        [user] user
        [organization] organization
        [member] member
        [invitation] invitation
        [role] role
        [session] session
        [group] group
        [tag] tag
        [service_account] service account
        [api_key] API key
       *[other] { $kind }
    }
state-word =
    { $state ->
        [added] added
        [invited] invited
        [expired] expired
        [declined] declined
        [active] active
        [suspended] suspended
        [revoked] revoked
        [accepted] accepted
        [cancelled] cancelled
        [removed] removed
        [withdrawn] withdrawn
        [replaced] replaced by a newer one
        [unknown] unknown
       *[other] { $state }
    }
event-word =
    { $event ->
        [invite] invite
        [accept] accept
        [decline] decline
        [expire] expire
        [cancel] cancel
        [revoke] revoke
        [suspend] suspend
        [reactivate] reactivate
        [remove] remove
        [leave] leave
        [update_roles] change roles
        [add_with_password] add with a temporary password
       *[other] { $event }
    }
wait-words =
    { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    }

# Answers of ExplainAccess.
access-by-role = Allowed: { $permission } comes with the role { $by }.
access-not-granted = Not allowed: none of the member’s roles grants { $permission }. These would: { $roles }.
access-state = Not allowed: the membership is { state-word }. Only active members may do anything, whatever their roles say.
access-unknown-permission = Not allowed: no catalogue has the permission { $permission }. See ListPermissions.
