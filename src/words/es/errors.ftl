# Lo que dice un error. Los ids son los motivos del contrato en kebab-case: un id nunca cambia, el texto puede cambiar.

credential-invalid = La credencial falta, no es correcta o ha caducado. Inicie sesión de nuevo o envíe un token de acceso válido.
permission-missing = Para esto hace falta el permiso { $permission }. Pida al propietario o a un administrador uno de estos roles: { $roles }.
rights-exceed-yours = No puede conceder derechos que usted no tiene: { $permissions }. Quítelos o pídaselo a alguien que los tenga.
target-outranks-you = Este miembro tiene derechos que usted no tiene: { $permissions }. Pídaselo a alguien que también los tenga, como el propietario.
no-organization = La credencial no habla por ninguna organización. Elija una con SwitchOrganization o indíquela al iniciar sesión.
fresh-login-required = Esto requiere un inicio de sesión reciente. Inicie sesión de nuevo y repita la solicitud con el nuevo token de acceso.
invitation-for-another-address = Esta invitación se envió a otra dirección de correo. Inicie sesión con la dirección invitada o pida una nueva invitación para la suya.
not-found = No hay { kind-word } { $id } que usted pueda ver. Compruebe el id y la organización en la que trabaja.
input-invalid = Parte de los datos enviados no es válida: { $fields }. Corrija estos campos y envíe la solicitud de nuevo.
already-member = { $email } ya está en la lista de miembros de esta organización. Cambie la entrada existente en lugar de añadir otra.
slug-taken = El nombre corto { $slug } pertenece a otra organización. Elija uno distinto.
name-taken = Ya existe { kind-word } { $name }, o un nombre tan parecido que se confundiría. Elija un nombre distinto.
email-taken = La dirección { $email } pertenece a otra cuenta. Use otra dirección o inicie sesión en esa cuenta.
request-id-reused = El request_id { $request_id } ya se usó en otra solicitud. Envíe uno nuevo con cada solicitud nueva y repítalo solo para reenviar la misma solicitud sin cambios.
etag-mismatch = Alguien ha cambiado esto desde que usted lo leyó. Léalo de nuevo, compruebe su cambio y envíelo con el nuevo etag.
contention = Otras solicitudes estaban cambiando lo mismo y esta cedió el paso: no se cambió nada. Envíela de nuevo con el mismo request_id.
state-forbids = «{ event-word }» no es posible mientras el estado sea «{ state-word }». GetMemberActions dice qué lo es.
owner-protected = El propietario no puede ser eliminado, suspendido, revocado ni degradado, y no puede salir. Transfiera antes la propiedad a otra persona.
api-user-protected = Este miembro es el usuario de la API de la organización y no puede eliminarse. Elija antes otro usuario de la API.
owner-role-moves-by-transfer = El rol de propietario no se da ni se quita como los demás. Use TransferOwnership.
acting-on-yourself = No puede hacerse esto a usted mismo. Pídaselo a otro administrador o use LeaveOrganization para salir.
seats-exhausted = Todas las plazas están ocupadas: { $used } de { $limit }. Libere una eliminando o revocando a alguien o cancelando una invitación, o compre más plazas.
limit-reached = Ya hay tantos como puede haber aquí ({ kind-word }: { $limit }). Quite uno antes.
too-many-attempts = Hubo demasiados intentos. Espere { wait-words } y vuelva a intentarlo.
too-busy = El servidor está demasiado ocupado en este momento. Espere { wait-words } y envíe la solicitud de nuevo.
message-too-large = El mensaje supera los { $limit } bytes. Envíe menos en una solicitud, por ejemplo en varias partes.
sign-up-closed = El registro está cerrado aquí. Pida una invitación a un administrador de su organización.
email-unverified = La dirección de correo aún no se ha verificado. Introduzca el código del mensaje que se le envió o pida uno nuevo con ResendVerification.
password-wrong = La contraseña actual no es correcta. Vuelva a intentarlo o pida restablecer la contraseña.
temporary-password-expired = La contraseña temporal ha caducado. Pida una nueva a un administrador o restablezca su contraseña.
temporary-password-not-allowed = Esta instalación crea ella misma las contraseñas temporales y no acepta ninguna escrita a mano. Omita la contraseña.
permission-not-grantable = { $permission } solo viene con un rol y no puede darse aparte. Dé un rol que lo tenga.
invitation-ended = Esta invitación ya no puede usarse; su estado es «{ state-word }». Pida una nueva a la organización.
inviter-lost-rights = Quien envió esta invitación ya no tiene los derechos que daría. Pida una nueva a la organización.
sign-in-to-accept = La dirección invitada ya tiene una cuenta. Inicie sesión con ella y luego acepte la invitación.
code-invalid =
    El código no es correcto o ha caducado. { $attempts_left ->
        [0] Pida uno nuevo.
        [one] Le queda un intento; después, pida uno nuevo.
       *[other] Le quedan { $attempts_left } intentos; después, pida uno nuevo.
    }
user-disabled = Esta cuenta está desactivada. Pida a quien opera este servicio que la active.
deadline-exceeded = La solicitud tardó más de lo que permite su plazo. Envíela de nuevo con el mismo request_id y un plazo mayor.
unavailable = Algo de lo que depende el servidor no está disponible en este momento. Espere { wait-words } y envíe la solicitud de nuevo con el mismo request_id.
internal = Algo falló por nuestra parte. Por favor, comuníquelo con este id de solicitud: { $request_id }.
method-unknown = Aquí no hay ningún método { $method }. Compruebe el nombre y la versión de su cliente; la reflexión del servidor enumera los métodos que hay.

# Palabras usadas en los mensajes anteriores. Un valor desconocido se muestra tal cual.

kind-word =
    { $kind ->
        [user] usuario
        [organization] organización
        [member] miembro
        [invitation] invitación
        [role] rol
        [session] sesión
        [group] grupo
        [tag] etiqueta
        [service_account] cuenta de servicio
        [api_key] clave de API
       *[other] { $kind }
    }
state-word =
    { $state ->
        [added] añadido
        [invited] invitado
        [expired] caducado
        [declined] rechazado
        [active] activo
        [suspended] suspendido
        [revoked] revocado
        [accepted] aceptado
        [cancelled] cancelado
        [removed] eliminado
        [withdrawn] retirada
        [replaced] sustituida por otra más nueva
        [unknown] desconocida
       *[other] { $state }
    }
event-word =
    { $event ->
        [invite] invitar
        [accept] aceptar
        [decline] rechazar
        [expire] caducar
        [cancel] cancelar
        [revoke] revocar
        [suspend] suspender
        [reactivate] reactivar
        [remove] eliminar
        [leave] salir
        [update_roles] cambiar roles
        [add_with_password] añadir con contraseña temporal
       *[other] { $event }
    }
wait-words =
    { $seconds ->
        [one] un segundo
       *[other] { $seconds } segundos
    }

# Respuestas de ExplainAccess.
access-by-role = Permitido: { $permission } viene con el rol { $by }.
access-not-granted = No permitido: ninguno de los roles del miembro concede { $permission }. Lo concederían: { $roles }.
access-state = No permitido: la membresía está { state-word }. Solo los miembros activos pueden hacer algo, digan lo que digan sus roles.
access-unknown-permission = No permitido: ningún catálogo tiene el permiso { $permission }. Vea ListPermissions.
