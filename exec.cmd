@rem npm runs scripts as "exec node ..." so that no shell stays between npm and Node; cmd.exe has no exec.
@%*
