# What an error says. The ids are the reasons of the contract in kebab-case: an id never changes, its text may.
# Each says what is wrong, with what, and what to do next. Variables are the error's own values and are never secrets.

credential-invalid = The credential is missing, wrong or has expired. Log in again or send a valid access token.
permission-missing =
    The permission { $permission } is needed for this. { $roles ->
        [none_at_all] No role here has it: ask the owner or an administrator for a role that does.
       *[other] Ask the owner or an administrator for one of these roles: { $roles }.
    }
rights-exceed-yours = You can’t give or take away rights that you don’t hold yourself: { $permissions }. Leave them as they are, or ask somebody who holds them.
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
owner-protected =
    { $owner ->
        [already] This member owns the organization already. Choose somebody who doesn’t.
       *[other] The last owner can’t be removed, suspended, revoked or demoted, and can’t leave. Transfer the ownership to somebody else first.
    }
api-user-protected = This member is the API user of the organization and can’t be removed, suspended or revoked, and can’t leave. Choose another API user first.
role-in-use =
    { $use ->
        [default_role] The role { $role } is what new members get, the default role, and can’t be deleted. Choose another default role first with UpdateOrganization.
       *[other] The role { $role } is in use and can’t be deleted. { $holders ->
            [none_at_all] No member holds it,
           *[other] Take it first from its holders ({ $holders }),
        } { $groups ->
            [none_at_all] and no group carries it.
           *[other] and take it out of its groups ({ $groups }).
        }
    }
system-role = The role { $role } belongs to the preset and can’t be changed. Make a role of your own instead.
module-taken = The module { $module } belongs to { $owner } and can’t be declared again. Choose another name for it.
owner-role-moves-by-transfer = The owner’s role can’t be given or taken like other roles. Use TransferOwnership.
owner-only = Only the owner of the organization can do this. Ask them.
not-an-administrator = The ownership goes to an administrator, and this member doesn’t manage members. Give them such a role first, for example admin.
transfer-ended = This transfer of the ownership can’t be accepted any more; its state is “{ state-word }”. Ask the owner for another.
organization-not-deleted = The organization isn’t deleted: there is nothing to restore.
second-factors-unavailable = There are no second factors yet, so none can be required. Leave mfa_required out.
acting-on-yourself = You can’t do this to yourself. Ask another administrator, or use LeaveOrganization to leave.
seats-exhausted = All seats are taken: { $used } of { $limit }. An administrator can free one by removing or revoking somebody or cancelling an invitation, or more seats can be bought.
limit-reached = There are as many as there may be here ({ kind-word }: { $limit }). Take one away first.
too-many-attempts = There were too many attempts. Wait { wait-words } and try again.
too-busy = The server is too busy just now. Wait { wait-words } and send the request again.
message-too-large = The message is larger than { $limit } bytes. Send less in one request, for example in several parts.
file-unreadable = The file can’t be read from line { $line } on: { file-problem }
file-too-large = The file is too large at line { $line }: { file-limit } Split it into several files.
cell-invalid = This cell can’t be used: { cell-problem }
name-unknown = There is no { kind-word } “{ $name }” here. Correct the name, or create it first. There are: { $known }.
row-repeated = The same e-mail address stands in line { $line } already. Leave one of the two rows out.
sign-up-closed = Sign-up is closed here. Ask an administrator of your organization for an invitation.
email-unverified = The e-mail address hasn’t been verified yet. Enter the code from the mail that was sent to it, or ask for a new one with ResendVerification.
password-wrong = The current password isn’t right. Try again, or ask for a password reset.
temporary-password-expired = The temporary password has expired. Choose a password of your own: ask for a code with RequestPasswordReset.
temporary-password-not-allowed = This deployment makes temporary passwords itself, and takes none that somebody typed. Leave the password out.
onboarding-not-allowed =
    Nobody can be added here by “{ $onboarding }”. { $allowed ->
        [none_at_all] No file adds anybody here: add them one by one.
       *[other] Use one of these: { $allowed }.
    }
permission-not-grantable = { $permission } comes with the preset’s own roles only, and can’t be given otherwise. Give a role that has it.
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
        [owner] owner
        [invitation] invitation
        [ownership_transfer] open transfer of the ownership of
        [role] role
        [session] session
        [group] group
        [tag] tag
        [permission] permission
        [binding] role for a while
        [service_account] service account
        [api_key] API key
       *[other] { $kind }
    }
file-problem =
    { $problem ->
        [utf16] it is UTF-16. Save it as CSV in UTF-8.
        [archive] it is a workbook or a compressed file. Save it as CSV in UTF-8.
        [mixed_encoding] part of it is UTF-8 and part of it is not. Save it anew as CSV in UTF-8.
        [nul] there is a NUL character, which no text has. Save it as CSV in UTF-8.
        [unclosed_quote] a quotation mark opened in line { $detail } is never closed. Close it there, or write it twice if it is part of the text.
        [empty] it is empty. The first line names the columns, such as: email,name,roles,tags,groups.
        [no_email_column] no column is named email; there are: { $detail }. Name one of them email.
        [column_twice] two columns mean the same: { $detail }. Rename or remove one of them.
       *[other] { $problem } { $detail }.
    }
file-limit =
    { $what ->
        [row_bytes] a row has more than { $limit } bytes.
        [columns] a row has more than { $limit } columns.
        [rows] there are more than { $limit } rows.
        [atomic_rows] an atomic import has more than { $limit } rows, or rows that are too long.
       *[other] { $what } has a limit of { $limit }.
    }
cell-problem =
    { $problem ->
        [email_missing] the row has no e-mail address.
        [email_too_long] an address has at most 254 characters, 64 of them before the @.
        [email_several] it has a space, a comma or a semicolon. Write one address, such as name@example.org.
        [email_no_at] it has no @. Write an address such as name@example.org.
        [email_local] what stands before the @ isn’t supported. Use ASCII letters, digits and single dots.
        [email_domain] there is no valid domain after the @. Write one such as example.org.
        [email_look_alike] the domain has characters that only look like ordinary ones. Type it anew.
        [name_missing] the row has no name, and nobody is added here without one. Write it in the column of names.
        [roles_missing] the row names no role, and nobody is added here without one. Write it in the column of roles.
        [name_and_roles_missing] the row has neither a name nor a role, and nobody is added here without them. Write them in the columns of names and of roles.
        [name_empty] nothing of it can be seen. Write a name, or leave the cell empty.
        [name_too_long] a name has at most 200 characters.
        [name_not_plain] it has line breaks, control or invisible characters. Type it as plain text in one line.
        [too_many_values] it has too many values. At most 20 roles, 100 tags and 100 groups are taken.
        [too_many_cells] the row has more cells than the header. Is a separator part of a text? Then put that text in quotation marks.
       *[other] { $problem }.
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
        [resend] send again
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
        [set_api_user] be the API user
        [transfer_ownership] hand over the ownership
        [add_with_password] add with a temporary password
       *[other] { $event }
    }
wait-words =
    { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    }

# Answers of GetSeatUsage.
seats-none-needed = No more seats are needed.
seats-unlimited = There are as many seats as you like.
seats-enough =
    { $needed ->
        [one] There are enough seats: one is needed
       *[other] There are enough seats: { $needed } are needed
    }, and { $free } free.
seats-missing =
    { $needed ->
        [one] There aren’t enough seats: one is needed
       *[other] There aren’t enough seats: { $needed } are needed
    }, { $free } free, { $missing } missing. Buy more seats, remove or revoke members, or cancel invitations.

# Answers of ExplainAccess.
access-by-role = Allowed: { $permission } comes with the role { $by }.
access-by-group = Allowed: { $permission } comes with the role { $by } of the group { $groups }.
access-by-grant = Allowed: { $permission } was granted to this member alone.
access-by-binding = Allowed: { $permission } comes with the role { $by }, which was given until { $until }.
access-binding-ended = Not allowed: { $permission } came with the role { $by }, which was given until { $until } and has run out. These roles would grant it: { $roles }.
access-not-granted =
    Not allowed: nothing that the member has grants { $permission }. { $roles ->
        [none_at_all] No role here would.
       *[other] These would: { $roles }.
    }
access-state = Not allowed: the membership is { state-word }. Only active members may do anything, whatever their roles say.
access-unknown-permission = Not allowed: no catalogue has the permission { $permission }. See ListPermissions.
access-but-fresh-login = It is for whoever logged in within the last ten minutes: log in again before you use it.
access-but-no-seat = It takes a seat, and none is free: buy more seats, remove or revoke members, or cancel invitations.
