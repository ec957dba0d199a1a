# Lo que dice un error. Los ids son los motivos del contrato en kebab-case: un id nunca cambia, el texto puede cambiar.

credential-invalid = La credencial falta, no es correcta o ha caducado. Inicie sesión de nuevo o envíe un token de acceso válido.
permission-missing =
    Para esto hace falta el permiso { $permission }. { $roles ->
        [none_at_all] Aquí ningún rol lo tiene: pida al propietario o a un administrador un rol que lo tenga.
       *[other] Pida al propietario o a un administrador uno de estos roles: { $roles }.
    }
rights-exceed-yours = No puede conceder ni quitar derechos que usted no tiene: { $permissions }. Déjelos como están o pídaselo a alguien que los tenga.
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
owner-protected =
    { $owner ->
        [already] Este miembro ya es propietario de la organización. Elija a alguien que no lo sea.
       *[other] El último propietario no puede ser eliminado, suspendido, revocado ni degradado, y no puede salir. Transfiera antes la propiedad a otra persona.
    }
api-user-protected = Este miembro es el usuario de la API de la organización y no se puede eliminar, suspender ni revocar, ni puede salir. Elija antes otro usuario de la API.
role-in-use =
    { $use ->
        [default_role] El rol { $role } es el que reciben los nuevos miembros, el rol predeterminado, y no puede eliminarse. Elija antes otro rol predeterminado con UpdateOrganization.
       *[other] El rol { $role } está en uso y no puede eliminarse. { $holders ->
            [none_at_all] Ningún miembro lo tiene,
           *[other] Quíteselo antes a quienes lo tienen ({ $holders }),
        } { $groups ->
            [none_at_all] y ningún grupo lo lleva.
           *[other] y sáquelo de los grupos ({ $groups }).
        }
    }
system-role = El rol { $role } pertenece al modelo y no se puede cambiar. Cree un rol propio.
module-taken = El módulo { $module } pertenece a { $owner } y no se puede volver a declarar. Elija otro nombre para él.
owner-role-moves-by-transfer = El rol de propietario no se da ni se quita como los demás. Use TransferOwnership.
owner-only = Solo el propietario de la organización puede hacer esto. Hable con él.
not-an-administrator = La propiedad pasa a un administrador, y este miembro no gestiona miembros. Asígnele antes un rol que lo haga, por ejemplo admin.
transfer-ended = Esta transferencia de la propiedad ya no se puede aceptar; su estado es «{ state-word }». Pida otra al propietario.
organization-not-deleted = La organización no está eliminada: no hay nada que restaurar.
second-factors-unavailable = Todavía no hay segundos factores, así que no se puede exigir ninguno. Omita mfa_required.
acting-on-yourself = No puede hacerse esto a usted mismo. Pídaselo a otro administrador o use LeaveOrganization para salir.
seats-exhausted = Todos los asientos están ocupados: { $used } de { $limit }. Un administrador puede liberar uno eliminando o revocando a alguien o cancelando una invitación, o pueden comprarse más asientos.
limit-reached = Ya hay tantos como puede haber aquí ({ kind-word }: { $limit }). Quite uno antes.
too-many-attempts = Hubo demasiados intentos. Espere { wait-words } y vuelva a intentarlo.
too-busy = El servidor está demasiado ocupado en este momento. Espere { wait-words } y envíe la solicitud de nuevo.
message-too-large = El mensaje supera los { $limit } bytes. Envíe menos en una solicitud, por ejemplo en varias partes.
file-unreadable = El archivo no se puede leer desde la línea { $line }: { file-problem }
file-too-large = El archivo es demasiado grande en la línea { $line }: { file-limit } Divídalo en varios archivos.
cell-invalid = Esta celda no se puede usar: { cell-problem }
name-unknown = No hay { kind-word } “{ $name }” aquí. Corrija el nombre o créelo antes. Existen: { $known }.
row-repeated = La misma dirección de correo ya está en la línea { $line }. Deje solo una de las dos filas.
sign-up-closed = El registro está cerrado aquí. Pida una invitación a un administrador de su organización.
email-unverified = La dirección de correo aún no se ha verificado. Introduzca el código del mensaje que se le envió o pida uno nuevo con ResendVerification.
password-wrong = La contraseña actual no es correcta. Vuelva a intentarlo o pida restablecer la contraseña.
temporary-password-expired = La contraseña temporal ha caducado. Elija una contraseña propia: pida un código con RequestPasswordReset.
temporary-password-not-allowed = Esta instalación crea ella misma las contraseñas temporales y no acepta ninguna escrita a mano. Omita la contraseña.
onboarding-not-allowed =
    Aquí nadie puede añadirse mediante «{ $onboarding }». { $allowed ->
        [none_at_all] Aquí ningún archivo añade a nadie: añada a las personas una a una.
       *[other] Use una de estas formas: { $allowed }.
    }
permission-not-grantable = { $permission } solo viene con los roles del modelo y no puede darse de otro modo. Dé un rol que lo tenga.
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
        [owner] propietario
        [invitation] invitación
        [ownership_transfer] traspaso abierto de la propiedad de
        [role] rol
        [session] sesión
        [group] grupo
        [tag] etiqueta
        [permission] permiso
        [binding] concesión temporal
        [service_account] cuenta de servicio
        [api_key] clave de API
       *[other] { $kind }
    }
file-problem =
    { $problem ->
        [utf16] está en UTF-16. Guárdelo como CSV en UTF-8.
        [archive] es un libro de cálculo o un archivo comprimido. Guárdelo como CSV en UTF-8.
        [mixed_encoding] una parte está en UTF-8 y otra no. Guárdelo de nuevo como CSV en UTF-8.
        [nul] hay un carácter NUL, que ningún texto tiene. Guárdelo como CSV en UTF-8.
        [unclosed_quote] una comilla abierta en la línea { $detail } nunca se cierra. Ciérrela allí, o escríbala dos veces si es parte del texto.
        [empty] está vacío. La primera línea nombra las columnas, por ejemplo: email,nombre,roles,etiquetas,grupos.
        [no_email_column] ninguna columna se llama email; existen: { $detail }. Llame email a una de ellas.
        [column_twice] dos columnas significan lo mismo: { $detail }. Cambie el nombre de una o quítela.
       *[other] { $problem } { $detail }.
    }
file-limit =
    { $what ->
        [row_bytes] una fila tiene más de { $limit } bytes.
        [columns] una fila tiene más de { $limit } columnas.
        [rows] hay más de { $limit } filas.
        [atomic_rows] una importación atómica tiene más de { $limit } filas, o filas demasiado largas.
       *[other] { $what } tiene un límite de { $limit }.
    }
cell-problem =
    { $problem ->
        [email_missing] la fila no tiene dirección de correo.
        [email_too_long] una dirección tiene como máximo 254 caracteres, 64 de ellos antes de la @.
        [email_several] tiene un espacio, una coma o un punto y coma. Escriba una sola dirección, como nombre@example.org.
        [email_no_at] no tiene @. Escriba una dirección como nombre@example.org.
        [email_local] lo que está antes de la @ no se admite. Use letras ASCII, dígitos y puntos sueltos.
        [email_domain] no hay un dominio válido después de la @. Escriba uno como example.org.
        [email_look_alike] el dominio tiene caracteres que solo parecen comunes. Escríbalo de nuevo.
        [name_missing] la fila no tiene nombre, y aquí no se añade a nadie sin uno. Escríbalo en la columna de nombres.
        [roles_missing] la fila no indica ningún rol, y aquí no se añade a nadie sin uno. Escríbalo en la columna de roles.
        [name_and_roles_missing] la fila no tiene ni nombre ni rol, y aquí no se añade a nadie sin ellos. Escríbalos en las columnas de nombres y de roles.
        [name_empty] no se ve nada de él. Escriba un nombre o deje la celda vacía.
        [name_too_long] un nombre tiene como máximo 200 caracteres.
        [name_not_plain] tiene saltos de línea, caracteres de control o invisibles. Escríbalo como texto simple en una línea.
        [too_many_values] tiene demasiados valores. Se admiten como máximo 20 roles, 100 etiquetas y 100 grupos.
        [too_many_cells] la fila tiene más celdas que el encabezado. ¿Hay un separador dentro de un texto? Ponga ese texto entre comillas.
       *[other] { $problem }.
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
        [resend] reenviar
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
        [set_api_user] ser el usuario de la API
        [transfer_ownership] traspasar la propiedad
        [add_with_password] añadir con contraseña temporal
       *[other] { $event }
    }
wait-words =
    { $seconds ->
        [one] un segundo
       *[other] { $seconds } segundos
    }

# Respuestas de GetSeatUsage.
seats-none-needed = No hace falta ningún asiento más.
seats-unlimited = Hay tantos asientos como quiera.
seats-enough =
    { $needed ->
        [one] Hay asientos suficientes: hace falta { $needed }
       *[other] Hay asientos suficientes: hacen falta { $needed }
    } y hay { $free } libres.
seats-missing =
    { $needed ->
        [one] No hay asientos suficientes: hace falta { $needed }
       *[other] No hay asientos suficientes: hacen falta { $needed }
    }, hay { $free } libres y faltan { $missing }. Compre más asientos, elimine o revoque miembros, o cancele invitaciones.

# Respuestas de ExplainAccess.
access-by-role = Permitido: { $permission } viene con el rol { $by }.
access-by-group = Permitido: { $permission } viene con el rol { $by } del grupo { $groups }.
access-by-grant = Permitido: { $permission } se concedió solo a este miembro.
access-by-binding = Permitido: { $permission } viene con el rol { $by }, dado hasta { $until }.
access-binding-ended = No permitido: { $permission } venía con el rol { $by }, dado hasta { $until }, que ya terminó. Estos roles lo concederían: { $roles }.
access-not-granted =
    No permitido: ninguno de los roles del miembro concede { $permission }. { $roles ->
        [none_at_all] Aquí ningún rol lo concedería.
       *[other] Lo concederían: { $roles }.
    }
access-state = No permitido: la membresía está { state-word }. Solo los miembros activos pueden hacer algo, digan lo que digan sus roles.
access-unknown-permission = No permitido: ningún catálogo tiene el permiso { $permission }. Vea ListPermissions.
access-but-fresh-login = Es para quien haya iniciado sesión en los últimos diez minutos: inicie sesión de nuevo antes de usarlo.
access-but-no-seat = Ocupa un asiento, y ninguno está libre: compre más asientos, elimine o revoque miembros, o cancele invitaciones.
